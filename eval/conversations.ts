/** Conversations to replay the cost model on, written for it: a long beginning, then easy and hard turns mixed. */
export interface Conversation {
  readonly name: string;
  /** The system prompt. */
  readonly instructions: string;
  /** What the user pastes before the first question. */
  readonly material: string;
  readonly asks: readonly string[];
  /** Minutes between two turns: after more than five, caches are cold. */
  readonly pauseMinutes: number;
}

const AGENT =
  'You are a careful assistant in an editor. You see the open files. Keep to the conventions of the project, change as little as possible, and say what you did not check. ';
const CLERK =
  'You answer for the customer service of a maker of heat pumps. You know the manual below by heart. Be brief and kind, promise nothing, and hand over to a person where money is asked for. ';
const CODE =
  'export function nextDelay(attempt: number, base: number): number {\n  const jitter = Math.sin(attempt) * base;\n  return Math.min(60_000, base * 2 ** attempt + jitter);\n}\n';
const MANUAL =
  'Before the unit is switched on the loop is filled and bled, the filter is cleaned and the pressure read off at the gauge; it must lie between 1.2 and 1.8 bar. ';
const CONTRACT =
  'The lessee shall keep the premises in repair, fair wear and tear excepted, and shall on the expiry of the term deliver them up to the lessor free of charge and encumbrance. ';
const TABLE = 'region;quarter;orders;returns;revenue\nnorth;1;1204;37;88120\nsouth;1;977;41;70344\n';

const THANKS = 'Thanks, that helps.';
const SHORTER = 'Make that shorter.';
const PROVE =
  'Prove rigorously that the scheduler is fair: for all interleavings there must be a bound on the wait of every task, unless one of them fails. Derive the bound and its asymptotic complexity.';
const DEADLOCK =
  'Under concurrent calls the lock-free queue loses entries. Find the race step by step, give the invariant that is broken, and a linearizable correction with a proof.';
const LEGAL =
  'Compare the indemnity and warranty clauses under German and English law, for each of the three cases of breach, and say which remedies exclude one another and why.';
const FORECAST =
  'Fit a seasonal model to the quarters, estimate the variance of the forecast, and derive at which confidence the returns of the south exceed those of the north by at least 12 percent.';

const of = (text: string, times: number): string => text.repeat(times);

export const CONVERSATIONS: readonly Conversation[] = [
  {
    name: 'editor, small changes',
    instructions: AGENT,
    material: of(CODE, 300),
    asks: ['What does nextDelay do?', 'Rename it to backoff.', THANKS, 'Add a comment.', SHORTER, THANKS],
    pauseMinutes: 1,
  },
  {
    name: 'editor, one hard bug',
    instructions: AGENT,
    material: of(CODE, 400),
    asks: [
      'Which file is open?',
      'Rename attempt to round.',
      DEADLOCK,
      THANKS,
      'Write the commit message.',
      THANKS,
    ],
    pauseMinutes: 2,
  },
  {
    name: 'editor, hard all along',
    instructions: AGENT,
    material: of(CODE, 300),
    asks: [DEADLOCK, PROVE, DEADLOCK, 'Now show that the correction terminates for every schedule.', PROVE],
    pauseMinutes: 3,
  },
  {
    name: 'editor, long pauses',
    instructions: AGENT,
    material: of(CODE, 300),
    asks: ['What does nextDelay do?', PROVE, THANKS, 'Add a test.', DEADLOCK, THANKS],
    pauseMinutes: 20,
  },
  {
    name: 'customer, plain questions',
    instructions: of(CLERK + MANUAL, 120),
    material: '',
    asks: ['Hello!', 'What pressure is right?', 'How often is the filter cleaned?', THANKS, 'Good bye.'],
    pauseMinutes: 1,
  },
  {
    name: 'customer, one fault',
    instructions: of(CLERK + MANUAL, 120),
    material: '',
    asks: [
      'Hello!',
      'Where is the gauge?',
      'It trips at 2.1 bar only if the loop is cold and the bleed valve was opened less than an hour before. Deduce step by step which of the three sensors must be faulty, and which cannot be.',
      THANKS,
      'Is there a spare part?',
    ],
    pauseMinutes: 2,
  },
  {
    name: 'contract, extracts',
    instructions: 'You help lawyers. Quote, and do not guess. ',
    material: of(CONTRACT, 900),
    asks: ['List the parties.', 'Which dates are named?', 'Translate the first clause into French.', THANKS],
    pauseMinutes: 2,
  },
  {
    name: 'contract, then law',
    instructions: 'You help lawyers. Quote, and do not guess. ',
    material: of(CONTRACT, 900),
    asks: ['List the parties.', LEGAL, 'Put that into a table.', THANKS, LEGAL, SHORTER],
    pauseMinutes: 3,
  },
  {
    name: 'figures, look-ups',
    instructions: 'You read tables. ',
    material: of(TABLE, 400),
    asks: ['How many orders had the north?', 'And the south?', 'Sum the revenue.', THANKS],
    pauseMinutes: 1,
  },
  {
    name: 'figures, then statistics',
    instructions: 'You read tables. ',
    material: of(TABLE, 400),
    asks: ['How many orders had the north?', FORECAST, 'Say it in one sentence.', FORECAST, THANKS],
    pauseMinutes: 4,
  },
  {
    name: 'German, mixed',
    instructions: of('Du hilfst beim Schreiben. Antworte knapp und freundlich. ', 60),
    material: of('Die Wärmepumpe wird vor dem Winter entlüftet und der Druck am Manometer abgelesen. ', 300),
    asks: [
      'Hallo!',
      'Fasse den Text in einem Satz zusammen.',
      'Beweise streng, dass der Regler für alle Lastprofile stabil ist, wenn mindestens eine der beiden Schranken gilt, und leite die Schranke her.',
      'Danke!',
      'Kürzer, bitte.',
    ],
    pauseMinutes: 2,
  },
  {
    name: 'very long material',
    instructions: AGENT,
    material: of(CODE, 2500),
    asks: ['What does nextDelay do?', THANKS, DEADLOCK, THANKS, 'Rename it to backoff.', THANKS],
    pauseMinutes: 1,
  },
];
