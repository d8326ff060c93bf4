/**
 * What a word can tell of an ask. Actions and objects say which task it is,
 * the last six say how much there is to get right.
 */
export const CONCEPTS = [
  'translate',
  'summarize',
  'rewrite',
  'classify',
  'extract',
  'fix',
  'explain',
  'calculate',
  'make',
  'implement',
  'analyze',
  'suggest',
  'converse',
  'roleplay',
  'reason',
  'ask',
  'count',
  'code',
  'error',
  'fiction',
  'prose',
  'mathematics',
  'digest',
  'language',
  'label',
  'item',
  'passage',
  'plan',
  'pointer',
  'constraint',
  'logic',
  'quantity',
  'step',
  'formal',
  'statement',
] as const;

export type Concept = (typeof CONCEPTS)[number];

/**
 * Words by concept, whitespace between them. `word*` stands for every word that begins so, `two_words` for a
 * pair in sequence, `xx:` only tells the reader the language. A word may stand under several concepts.
 */
export type Lexicon = Readonly<Partial<Record<Concept, string>>>;
