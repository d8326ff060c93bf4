import { describe, expect, it } from 'vitest';
import { heuristicTaskClassifier } from '../../src/router/task-classifier.js';
import type { TaskType } from '../../src/types.js';
import { taskClassifierContract } from '../contracts/task-classifier-contract.js';

taskClassifierContract('heuristicTaskClassifier', heuristicTaskClassifier);

/** The same seven asks in every language the classifier claims to read. */
const ASKS: Readonly<Record<string, Readonly<Partial<Record<TaskType, string>>>>> = {
  English: {
    translation: 'Translate this sentence into French: The sun is shining.',
    summarization: 'Summarize the following article in two sentences.',
    code_generation: 'Write a Python function that reverses a list.',
    creative_writing: 'Write a short poem about autumn.',
    math: 'Solve the equation 2x + 3 = 11.',
    classification: 'Classify the sentiment of this review as positive or negative.',
    question_answering: 'Who discovered penicillin?',
    code_debug: 'Fix the bug in this function, it throws an exception.',
    brainstorming: 'Suggest some ideas for a birthday party.',
    rewriting: 'Rephrase this paragraph to sound more formal.',
    extraction: 'Extract all names and dates from the text.',
    analysis: 'Compare the advantages and disadvantages of nuclear power.',
    conversation: 'Hi, how are you?',
    writing: 'Write an email to my landlord about the broken heating.',
    code_explanation: 'Explain what this code does:\n```\n',
    reasoning: 'Premise: all cats sleep. Hypothesis: Tom sleeps. Does the premise entail the hypothesis?',
  },
  German: {
    translation: 'Übersetze diesen Satz ins Englische: Die Sonne scheint.',
    summarization: 'Fasse den folgenden Artikel in zwei Sätzen zusammen.',
    code_generation: 'Schreibe eine Python-Funktion, die eine Liste umkehrt.',
    creative_writing: 'Schreibe ein kurzes Gedicht über den Herbst.',
    math: 'Löse die Gleichung 2x + 3 = 11.',
    classification: 'Klassifiziere die Bewertung als positiv oder negativ.',
    question_answering: 'Wer hat das Penicillin entdeckt?',
  },
  French: {
    translation: 'Traduis cette phrase en anglais : Le soleil brille.',
    summarization: 'Résume cet article en deux phrases.',
    code_generation: 'Écris une fonction Python qui inverse une liste.',
    creative_writing: "Écris un court poème sur l'automne.",
    math: "Résous l'équation 2x + 3 = 11.",
    classification: 'Classe cette critique comme positif ou négatif.',
    question_answering: 'Qui a découvert la pénicilline ?',
  },
  Spanish: {
    translation: 'Traduce esta frase al inglés: El sol brilla.',
    summarization: 'Resume el siguiente artículo en dos frases.',
    code_generation: 'Escribe una función de Python que invierta una lista.',
    creative_writing: 'Escribe un poema corto sobre el otoño.',
    math: 'Resuelve la ecuación 2x + 3 = 11.',
    classification: 'Clasifica esta reseña como positivo o negativo.',
    question_answering: '¿Quién descubrió la penicilina?',
  },
  Italian: {
    translation: 'Traduci questa frase in inglese: Il sole splende.',
    summarization: 'Riassumi il seguente articolo in due frasi.',
    code_generation: 'Scrivi una funzione Python che inverte una lista.',
    creative_writing: "Scrivi una breve poesia sull'autunno.",
    math: "Risolvi l'equazione 2x + 3 = 11.",
    classification: 'Classifica questa recensione come positivo o negativo.',
    question_answering: 'Chi ha scoperto la penicillina?',
  },
  Portuguese: {
    translation: 'Traduza esta frase para o inglês: O sol brilha.',
    summarization: 'Resuma o seguinte artigo em duas frases.',
    code_generation: 'Escreva uma função em Python que inverte uma lista.',
    creative_writing: 'Escreva um poema curto sobre o outono.',
    math: 'Resolva a equação 2x + 3 = 11.',
    classification: 'Classifique esta resenha como positivo ou negativo.',
    question_answering: 'Quem descobriu a penicilina?',
  },
  Turkish: {
    translation: 'Bu cümleyi İngilizceye çevir: Güneş parlıyor.',
    summarization: 'Aşağıdaki makaleyi iki cümlede özetle.',
    code_generation: 'Bir listeyi tersine çeviren bir Python fonksiyonu yaz.',
    creative_writing: 'Sonbahar hakkında kısa bir şiir yaz.',
    math: '2x + 3 = 11 denklemini çöz.',
    classification: 'Bu yorumu olumlu veya olumsuz olarak sınıflandır.',
    question_answering: 'Penisilini kim keşfetti?',
  },
  Russian: {
    translation: 'Переведи это предложение на английский: Солнце светит.',
    summarization: 'Кратко изложи следующую статью, резюмируй в двух предложениях.',
    code_generation: 'Напиши функцию на Python, которая переворачивает список.',
    creative_writing: 'Напиши короткое стихотворение об осени.',
    math: 'Реши уравнение 2x + 3 = 11.',
    classification: 'Классифицируй отзыв как положительный или отрицательный.',
    question_answering: 'Кто открыл пенициллин?',
  },
  Chinese: {
    translation: '把这句话翻译成英文：阳光明媚。',
    summarization: '用两句话总结下面的文章。',
    code_generation: '用Python写一个反转列表的函数。',
    creative_writing: '写一首关于秋天的诗。',
    math: '解方程 2x + 3 = 11。',
    classification: '将这条评论分类为正面或负面。',
    question_answering: '谁发现了青霉素？',
  },
  Japanese: {
    translation: 'この文を英語に翻訳してください：太陽が輝いている。',
    summarization: '次の記事を二文で要約してください。',
    code_generation: 'リストを反転するPythonの関数を書いてください。',
    creative_writing: '秋についての短い詩を書いてください。',
    math: '方程式 2x + 3 = 11 を解いてください。',
    classification: 'このレビューを肯定的か否定的に分類してください。',
    question_answering: 'ペニシリンを発見したのは誰ですか？',
  },
  Korean: {
    translation: '이 문장을 영어로 번역해 줘: 해가 빛난다.',
    summarization: '다음 기사를 두 문장으로 요약해 줘.',
    code_generation: '리스트를 뒤집는 Python 함수를 작성해 줘.',
    creative_writing: '가을에 대한 짧은 시를 써줘.',
    math: '방정식 2x + 3 = 11을 풀어 줘.',
    classification: '이 리뷰를 긍정 또는 부정으로 분류해 줘.',
    question_answering: '페니실린은 누가 발견했나요? 누구인가요?',
  },
  Arabic: {
    translation: 'ترجم هذه الجملة إلى الإنجليزية: الشمس مشرقة.',
    summarization: 'لخص المقال التالي في جملتين.',
    code_generation: 'اكتب دالة بايثون تعكس قائمة. برنامج قصير.',
    creative_writing: 'اكتب قصيدة قصيرة عن الخريف.',
    math: 'حل معادلة 2x + 3 = 11.',
    classification: 'صنف هذه المراجعة: إيجابي أم سلبي.',
    question_answering: 'من اكتشف البنسلين؟',
  },
  Hindi: {
    translation: 'इस वाक्य का अंग्रेजी में अनुवाद करें: सूरज चमक रहा है।',
    summarization: 'इस लेख का सारांश दो वाक्यों में दें।',
    code_generation: 'सूची को उलटने के लिए एक Python फ़ंक्शन लिखें।',
    creative_writing: 'पतझड़ पर एक छोटी कविता लिखें।',
    math: 'समीकरण 2x + 3 = 11 हल करें।',
    classification: 'इस समीक्षा को सकारात्मक या नकारात्मक में वर्गीकृत करें।',
    question_answering: 'पेनिसिलिन की खोज किसने और कब की? कौन था?',
  },
};

describe.each(Object.entries(ASKS))('in %s', (_, asks) => {
  it.each(Object.entries(asks))('%s', (task, ask) => {
    expect(heuristicTaskClassifier().classify(ask).taskType).toBe(task);
  });
});

describe('confidence', () => {
  const classify = (ask: string) => heuristicTaskClassifier().classify(ask);

  it('is higher the more cues agree', () => {
    const vague = classify('Something about lists.').confidence;
    const clear = classify('Write a Python function that sorts an array of integers.').confidence;
    expect(vague).toBeLessThan(0.4);
    expect(clear).toBeGreaterThan(0.8);
  });

  it('is that of a wild guess where nothing is said', () => {
    expect(classify('').confidence).toBeLessThan(0.25);
  });
});
