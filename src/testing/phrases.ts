/** Sentences in a language: an opening that names the topic, and what may follow. */
export interface Phrases {
  readonly opening: (topic: string) => string;
  readonly body: readonly [string, ...string[]];
}

const english = (opening: (topic: string) => string, ...body: readonly [string, ...string[]]): Phrases => ({
  opening,
  body,
});

/** English sentences by task. */
export const byTask: Readonly<Record<string, Phrases>> = {
  math: english(
    (topic) => `Working through “${topic}”:`,
    'First, name the quantities and write down what is known.',
    'Next, set up the relation between them and isolate the unknown.',
    'Then simplify both sides and keep an eye on the sign.',
    'Substituting the result back confirms that the relation holds.',
    'The final value would stand here if a real model had answered.',
  ),
  reasoning: english(
    (topic) => `Thinking about “${topic}” step by step:`,
    'Take the statements one at a time and mark what each of them rules out.',
    'Only one arrangement is left that contradicts none of them.',
    'Checking it against the first statement once more, it still holds.',
    'The conclusion would stand here if a real model had answered.',
  ),
  creative_writing: english(
    (topic) => `A small piece on “${topic}”.`,
    'The lamp by the window had been lit since before the rain began.',
    'Nobody in the harbour remembered who had built the machine, only that it listened.',
    'She counted the steps, lost the number, and was glad to begin again.',
    'Somewhere below, the tide turned over like a page.',
    'Morning arrived without asking, and the story was still warm.',
  ),
  translation: english(
    (topic) => `Translation of “${topic}”:`,
    'The translated sentence would stand here, in the register of the original.',
    'Names and figures are kept as they are.',
  ),
  summarization: english(
    (topic) => `In short, on “${topic}”:`,
    'The text makes one main point and supports it with three observations.',
    'The first part sets the scene and says why the matter is pressing.',
    'The second part compares what was tried before with what is proposed now.',
    'It ends with open questions and a modest recommendation.',
  ),
  extraction: english(
    (topic) => `Found in “${topic}”:`,
    '- name: simulated value.',
    '- date: 2026-10-15.',
    '- amount: 42.',
  ),
  classification: english(() => 'Label: neutral.', 'Confidence: medium.'),
  rewriting: english(
    (topic) => `A clearer version of “${topic}”:`,
    'The same thought, said in fewer words and in the active voice.',
    'What came last in the draft now comes first.',
    'The tone is friendly and the request is easy to find.',
  ),
  brainstorming: english(
    (topic) => `Some ideas on “${topic}”:`,
    '- Begin with the smallest version that somebody would miss.',
    '- Turn the usual order around and see what breaks.',
    '- Ask the three people who complain most.',
    '- Make the waiting time part of the experience.',
    '- Borrow the pattern of a library card.',
  ),
  analysis: english(
    (topic) => `Looking at “${topic}” from several sides:`,
    'On cost, the first option is ahead in the beginning and behind after a year.',
    'On risk, the picture is reversed: what is familiar fails in familiar ways.',
    'People who use it daily would weigh speed above everything else.',
    'The deciding question is how often the assumption in the middle changes.',
    'A careful choice would start with a small trial and a date to decide on.',
  ),
  conversation: english(
    () => 'Hello! This is a simulated model, pleased to talk.',
    'What would you like to look at next?',
  ),
  code_explanation: english(
    (topic) => `What happens in “${topic}”:`,
    'The input is checked first, so that the rest may rely on it.',
    'The loop visits each element once and keeps a running result.',
    'The early return covers the empty case.',
    'In total the time grows linearly with the length of the input.',
  ),
};

/** English sentences for every other task. */
export const general = english(
  (topic) => `About “${topic}”:`,
  'The short answer fits in a sentence, and the longer one depends on the context.',
  'It helps to separate what is known from what is only assumed.',
  'In practice most people begin with the common case and refine it later.',
  'A good source to check is the documentation of the tool in question.',
  'If one detail matters more than the others, it is the order of the steps.',
  'Two exceptions are worth knowing, and neither is common.',
  'Should the numbers look odd, check the units before anything else.',
  'What works for a few will not always work for many, so try it on a realistic size.',
  'With that settled, the rest follows without much effort.',
);

/** Sentences by language, for prompts that are not in English. */
export const byLanguage: Readonly<Record<string, Phrases>> = {
  de: {
    opening: (topic) => `Zu „${topic}“:`,
    body: [
      'Die kurze Antwort passt in einen Satz, die längere hängt vom Zusammenhang ab.',
      'Es hilft, Bekanntes von bloß Angenommenem zu trennen.',
      'Meist beginnt man mit dem üblichen Fall und verfeinert ihn später.',
    ],
  },
  fr: {
    opening: (topic) => `À propos de « ${topic} » :`,
    body: [
      'La réponse courte tient en une phrase, la longue dépend du contexte.',
      'Il est utile de distinguer ce que l’on sait de ce que l’on suppose.',
      'On commence en général par le cas courant, puis on affine.',
    ],
  },
  es: {
    opening: (topic) => `Sobre «${topic}»:`,
    body: [
      'La respuesta corta cabe en una frase; la larga depende del contexto.',
      'Conviene separar lo que se sabe de lo que se supone.',
      'Lo habitual es empezar por el caso común y afinarlo después.',
    ],
  },
  pt: {
    opening: (topic) => `Sobre “${topic}”:`,
    body: [
      'A resposta curta cabe numa frase; a longa depende do contexto.',
      'Convém separar o que se sabe do que apenas se supõe.',
      'O habitual é começar pelo caso comum e refiná-lo depois.',
    ],
  },
  ru: {
    opening: (topic) => `По поводу «${topic}»:`,
    body: [
      'Короткий ответ умещается в одно предложение, длинный зависит от контекста.',
      'Полезно отделять известное от предполагаемого.',
      'Обычно начинают с простого случая и уточняют его позже.',
    ],
  },
  zh: {
    opening: (topic) => `关于“${topic}”：`,
    body: [
      '简短的答案只需一句话，详细的答案取决于上下文。',
      '最好先区分已知的和假设的内容。',
      '通常先处理常见情况，再逐步完善。',
    ],
  },
  ja: {
    opening: (topic) => `「${topic}」について：`,
    body: [
      '短い答えは一文で済みますが、詳しい答えは文脈によります。',
      'まず分かっていることと仮定を分けるとよいでしょう。',
      '普通は一般的な場合から始めて、後で調整します。',
    ],
  },
  ko: {
    opening: (topic) => `“${topic}”에 대하여:`,
    body: [
      '짧은 답은 한 문장이면 되지만 긴 답은 맥락에 따라 다릅니다.',
      '알려진 것과 가정한 것을 구분하는 것이 좋습니다.',
    ],
  },
  ar: {
    opening: (topic) => `حول «${topic}»:`,
    body: [
      'الجواب القصير جملة واحدة، أما الجواب الطويل فيعتمد على السياق.',
      'من المفيد التمييز بين المعلوم والمفترض.',
    ],
  },
  hi: {
    opening: (topic) => `“${topic}” के बारे में:`,
    body: [
      'छोटा उत्तर एक वाक्य में आ जाता है, लंबा उत्तर संदर्भ पर निर्भर है।',
      'जो ज्ञात है उसे अनुमान से अलग रखना उपयोगी है।',
    ],
  },
};

const SCRIPTS: readonly (readonly [language: string, letters: RegExp])[] = [
  ['ja', /[\u3040-\u30ff]/u],
  ['ko', /[\uac00-\ud7af]/u],
  ['zh', /[\u4e00-\u9fff]/u],
  ['ru', /[\u0400-\u04ff]/u],
  ['ar', /[\u0600-\u06ff]/u],
  ['hi', /[\u0900-\u097f]/u],
];

const COMMON_WORDS: readonly (readonly [language: string, words: RegExp])[] = [
  ['de', /\b(der|die|das|und|ist|ein|eine|nicht|für|mit|mir|bitte|wie)\b/giu],
  ['fr', /\b(le|la|les|des|une|est|pour|avec|dans|moi|qui|quel|quelle)\b/giu],
  ['es', /\b(el|los|las|una|para|con|que|por|es|cómo|qué|del)\b/giu],
  ['pt', /\b(os|uma|para|com|não|por|que|é|como|do|da|você)\b/giu],
  ['en', /\b(the|a|an|of|and|is|to|in|for|with|that|this)\b/giu],
];

/** The language of a text, by its script or its commonest words; English when in doubt. */
export function languageOf(text: string): string {
  const start = text.slice(0, 500);
  const script = SCRIPTS.find(([, letters]) => letters.test(start));
  if (script !== undefined) return script[0];
  let best = 'en';
  let most = start.match(COMMON_WORDS[4]?.[1] ?? /^$/)?.length ?? 0;
  for (const [language, words] of COMMON_WORDS) {
    const found = start.match(words)?.length ?? 0;
    if (found > most) [best, most] = [language, found];
  }
  return best;
}
