import type { Lexicon } from './concepts.js';

/** German, French, Spanish, Italian, Portuguese, Turkish. By our own knowledge of the languages. */
export const LATIN: Lexicon = {
  translate: `de: übersetz* fr: tradui* traduction* es: traduce traducir traduzca traducción tradúce* traduzc*
    it: traduci tradurre traducete traduca traduzione pt: traduz traduza traduzir tradução traduzas
    tr: çevir* tercüme*`,
  summarize: `de: zusammenfass* fass_zusammen fasse fasst zusammengefasst kurzfassung fr: résum* resumez synthétise*
    es: resume_el resume_la resume_este resume_esta resume_los resume_las resume_en resumir resumen resúme* resuma sintetiza
    it: riassum* riassunto sintetizz* pt: resuma resumir resumo resume_o resume_a resume_este sintetize
    tr: özetle* özet*`,
  rewrite: `de: umschreib* umformulier* formulier* überarbeit* korrekturlesen verbesser* schreib_um schreibe_um
    vereinfach* korrigier* fr: réécri* reformul* paraphras* améliore* simplifie* corrige* corriger relis relire
    es: reescrib* reformul* parafrase* mejora mejorar simplifica* corrige corregir revisa
    it: riscriv* riformul* parafras* migliora migliorare semplific* correggi correggere
    pt: reescrev* reformul* parafrase* melhore melhorar simplifique corrija corrigir revise
    tr: yeniden_yaz düzelt* düzenle* sadeleştir*`,
  classify: `de: klassifizier* kategorisier* einordn* ordne einstufen stimmung fr: classer classez classe_ce classe_cette classifi* catégoris*
    sentiment es: clasific* categoriz* etiquet* it: classific* categorizz* etichett* sentimento
    pt: classific* classifiqu* categoriz* rotul* sentimento tr: sınıflandır* kategorize etiketle* duygu`,
  extract: `de: extrahier* entnimm entnehm* herausfinden nenne_alle liste_alle finde_alle fr: extrai* extract*
    relève* repère* es: extrae* extraer extraiga extracción it: estrai* estrarre estrazione elenca_tutti
    pt: extrai* extraia extração liste_todos tr: çıkar* ayıkla*`,
  fix: `de: behebe beheben reparier* debugg* funktioniert_nicht fehlerhaft* repariere fr: débogu* répare*
    ne_fonctionne dépann* es: arregla* depura* repara no_funciona solucion* it: risolvi_il sistema_il debugga*
    non_funziona ripara pt: conserte* depur* não_funciona arrume repare tr: hata_ayıkla çalışmıyor gider*`,
  explain: `de: erklär* erläuter* beschreib* was_macht wie_funktioniert fr: expliqu* explication* décri* que_fait
    es: explica* explique* describ* qué_hace it: spieg* descriv* cosa_fa pt: explica* expliqu* descrev* que_faz
    tr: açıkla* anlat* ne_yapar tanımla*`,
  calculate: `de: berechn* rechne löse lösen beweis* ermittl* bestimme fr: calcul* résou* démontr* prouve* déterminer
    es: calcul* resuelv* resolver demuestr* determina it: calcol* risolv* dimostr* determina
    pt: calcul* resolv* prove demonstre determine tr: hesapla* çöz* kanıtla* ispatla*`,
  make: `de: schreib* erstell* verfass* entwirf generier* erzeug* entwickl* mach fr: écri* rédig* crée* créer génèr*
    invente* compose* élabor* es: escrib* crea crear redact* gener* compón elabora inventa desarroll*
    it: scriv* crea creare genera* componi* redig* inventa sviluppa pt: escrev* crie criar redij* gere gerar gera elabor*
    invente desenvolv* tr: yaz* oluştur* üret* hazırla*`,
  implement: `de: implementier* programmier* fr: implément* programme_qui fonction_qui es: implement* programa_que
    función_que it: implement* funzione_che pt: implement* função_que tr: uygula* kodla* fonksiyonu_yaz`,
  analyze: `de: analysier* analyse vergleich* bewert* diskutier* untersuch* vorteile nachteile auswirkungen
    fr: analys* compare* évalu* discut* avantages inconvénients conséquences es: analiz* compara* evalú* discut*
    ventajas desventajas consecuencias it: analizz* confront* valut* discut* vantaggi svantaggi
    pt: analis* compar* avali* discut* vantagens desvantagens tr: analiz* karşılaştır* değerlendir* tartış* avantaj*`,
  suggest: `de: schlag schlage vorschl* empfiehl* empfehl* ideen tipps fr: suggèr* suggér* recommand* idées conseil*
    propose* es: sugi* suger* recomi* recomend* ideas consejos propón it: sugger* consigl* raccomand* idee proponi
    pt: sugir* sugest* sugere recomend* ideias dicas tr: öner* tavsiye* fikir*`,
  converse: `de: hallo danke guten_morgen wie_geht fr: bonjour salut merci comment_vas ça_va es: hola gracias
    cómo_estás buenos_días qué_tal it: ciao grazie buongiorno come_stai pt: olá oi obrigado obrigada bom_dia
    como_vai tudo_bem tr: merhaba selam teşekkür* nasılsın günaydın`,
  roleplay: `de: du_bist stell_dir rollenspiel fr: tu_es vous_êtes imagine_que es: eres_un eres_una
    actúa_como imagina_que it: sei_un immagina_di fingi pt: você_é aja_como imagine_que finja
    tr: gibi_davran rolünü`,
  reason: `de: schlussfolger* rätsel prämisse logisch* folgt_daraus fr: raisonn* énigme prémisse logique déduis
    es: razon* acertijo premisa lógica deduce it: ragion* indovinello premessa logica deduci
    pt: raciocín* enigma premissa lógica deduza tr: mantık* bulmaca önerme`,
  ask: `de: wer wann wo warum wieso wie welche welcher welches woher fr: est_ce qui quand où pourquoi comment
    quel quelle quels quelles est-ce es: qué quién cuándo dónde porqué cómo cuál cuáles por_qué it: che_cosa cosa
    chi quando dove perché qual quale quali pt: quem onde porquê por_que quais qual o_que
    tr: nedir kim nerede neden nasıl hangi niçin`,
  count: `de: wie_viel wie_viele wieviel wieviele insgesamt fr: combien au_total es: cuánto cuánta cuántos cuántas
    en_total it: quanto quanta quanti quante in_totale pt: quanto quanta quantos quantas no_total
    tr: kaç toplam_kaç`,
  code: `de: funktion* programm skript algorithmus datenbank abfrage quellcode fr: fonction programme algorithme
    requête base_de tableau es: función programa algoritmo código consulta base_de it: funzione programma
    algoritmo codice interrogazione pt: função programa algoritmo código consulta banco_de
    tr: fonksiyon* program* algoritma* kod kodu sorgu* betik`,
  error: `de: fehler fehlermeldung absturz ausnahme fr: erreur erreurs bogue plantage es: error errores fallo
    excepción it: errore errori eccezione pt: erro erros falha exceção tr: hata hatayı hatası istisna`,
  fiction: `de: geschichte gedicht* märchen ein_lied witz kurzgeschichte reim* figur fr: histoire poème* conte
    chanson blague nouvelle vers es: cuento poema* historia_sobre historia novela canción chiste verso*
    it: storia poesia racconto romanzo canzone barzelletta fiaba pt: história poema conto canção piada
    verso* tr: hikaye* hikâye* şiir* masal* şarkı* fıkra*`,
  prose: `de: e_mail brief aufsatz bericht rede bewerbung* anschreiben artikel_über einladung beschwerde
    fr: courriel lettre dissertation rapport discours candidature invitation mail es: correo carta ensayo informe
    discurso invitación solicitud it: lettera saggio relazione discorso invito mail
    pt: carta redação ensaio relatório discurso convite tr: e_posta eposta mektup* makale* deneme rapor* konuşma_metni`,
  mathematics: `de: gleichung* integral ableitung dreieck wahrscheinlichkeit matrix prozent fläche umfang winkel
    summe bruch wurzel fr: équation* intégrale dérivée triangle probabilité matrice aire périmètre angle somme
    racine es: ecuación ecuaciones integral derivada triángulo probabilidad matriz área perímetro ángulo suma raíz
    it: equazion* integrale derivata triangolo probabilità matrice area perimetro angolo somma radice
    pt: equaç* integral derivada triângulo probabilidade matriz área perímetro ângulo soma raiz
    tr: denklem* integral türev* üçgen* olasılık* matris* çevre açı toplam* kök`,
  digest: `de: überschrift stichpunkte kernaussagen fr: synopsis points_clés es: resumen titular puntos_clave
    it: riassunto punti_chiave sintesi pt: resumo manchete pontos_principais tr: özet başlık`,
  language: `de: englische englisch deutsche deutsch französisch* spanisch* italienisch* russisch* chinesisch*
    japanisch* türkisch* fr: anglais français allemand espagnol italien russe chinois japonais arabe
    es: inglés francés alemán español ruso chino japonés árabe portugués it: inglese francese tedesco spagnolo
    italiano russo cinese giapponese pt: inglês francês alemão espanhol italiano português japonês
    tr: ingilizce* türkçe* almanca* fransızca* ispanyolca* rusça* çince* japonca* arapça*`,
  label: `de: positiv negativ neutral kategorie fr: positif négatif neutre catégorie es: positivo negativo
    neutro categoría it: positivo negativo categoria pt: categoria positivo tr: olumlu olumsuz nötr kategori`,
  item: `de: namen daten tabelle schlüsselwörter fr: noms dates tableau mots_clés es: nombres fechas tabla
    it: nomi tabella pt: nomes datas tabela tr: isimleri tarihleri tablo`,
  passage: `de: text absatz artikel folgenden_text fr: texte paragraphe passage article suivant es: texto párrafo
    artículo siguiente_texto it: testo paragrafo articolo pt: texto parágrafo artigo tr: metin metni paragraf
    makaleyi`,
  plan: `de: reiseplan zeitplan planung plane fr: itinéraire planifie* calendrier es: itinerario planifica*
    it: itinerario pianific* pt: roteiro planej* cronograma tr: planla* plan`,
  pointer: `de: diese diesen dieser dieses folgende folgenden mein meine fr: ce cet cette ces suivant suivante mon
    ma es: este esta estos siguiente mi it: questo questa questi seguente mio pt: este esta esse isto seguinte
    meu minha tr: bu şu aşağıdaki`,
  constraint: `de: muss müssen genau mindestens höchstens ohne nur maximal fr: doit doivent exactement moins sans
    seulement maximum es: debe deben exactamente menos sin solo máximo it: deve devono esattamente senza
    soltanto almeno massimo pt: deve devem exatamente sem apenas máximo tr: en_az en_fazla sadece tam olmadan
    gerek*`,
  logic: `de: wenn dann weil daher falls sowohl entweder weder jede jeder angenommen fr: si alors donc parce sauf
    chaque tous aucun supposons es: si entonces porque todos ninguno cada supongamos it: se allora quindi perché
    ogni nessuno pt: se então porque todos nenhum cada suponha tr: eğer ise çünkü her hiçbir`,
  quantity: `de: doppelt hälfte gesamt jeweils pro prozent durchschnitt* mehr weniger mal stunden tage euro
    fr: double moitié total chacun pourcentage moyenne plus heures jours euros es: doble mitad total
    porcentaje promedio más horas días euros it: doppio metà totale percentuale media più ore giorni
    pt: dobro metade total porcentagem média mais horas dias tr: iki_katı yarısı toplam yüzde ortalama saat gün`,
  step: `de: schritt schritte zuerst danach anschließend schließlich fr: étape étapes ensuite puis enfin
    es: paso pasos primero luego finalmente it: passo passi prima poi infine pt: passo passos primeiro depois
    finalmente tr: adım adımlar önce sonra`,
  formal: `de: satz_von komplexität asymptotisch quanten* haftung* rechtsprechung fr: théorème complexité
    asymptotique quantique jurisprudence es: teorema complejidad cuántic* jurisprudencia it: teorema complessità
    quantistic* pt: teorema complexidade quântic* tr: teorem* karmaşıklı* kuantum`,
  statement: `de: aussage aussagen behauptung behauptungen keine_davon fr: affirmation affirmations énoncé énoncés
    es: afirmación afirmaciones enunciado enunciados it: affermazione affermazioni enunciato enunciati
    pt: afirmação afirmações enunciado enunciados tr: ifade ifadeler önerme önermeler`,
};
