const TAB = 9;
const SPACE = 32;
const COMMA = 44;
const QUOTE = 34;
const BAR = 124;
const HASH = 35;
const STAR = 42;

/** What a line is, by its build. */
const LineKind = { BLANK: 0, PROSE: 1, PROGRAM: 2, DATA: 3 } as const;

/** A run of this many lines of a program or of data was pasted; fewer may be part of what is said. */
const SHORTEST_RUN = 4;
/** So many lines of prose may stand amid a run: comments, headings. */
const LONGEST_GAP = 1;

/** Words that open a line of a program, never a sentence of an ask. */
const PROGRAM_OPENERS = new Set(
  `const let var def elif endif endfunction import export return public private protected static async await func fn
  struct impl namespace #include #define #import package typedef enum interface extends throws println printf
  console else: try: except finally: } { ); }); ]; // /* /** */ -- """ @override <?php <html> <div </div> <script> <?xml
  select insert update create_table begin end;`.split(/\s+/),
);
const LONGEST_OPENER = 14;
const PROGRAM_ENDINGS = ['):', '=>', ']:', '(', '[', ');', '),', '});', '&&', '||'];
const LOG_LEVELS = ['ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'FATAL'];
/** Names of files end in one of these. */
const EXTENSIONS = new Set(
  `md txt csv tsv json jsonl yaml yml toml xml html css scss js mjs cjs jsx ts tsx py rb go rs java kt swift c h cpp cc cs
  php sql sh bash log ini cfg conf env diff patch ipynb tex rst pdf docx`.split(/\s+/),
);
const LONGEST_HEADER = 80;
const Mark = { NONE: 0, SYMBOL: 1, SPACE: 2, COMMA: 3 } as const;
/** By code: spaces, commas, and symbols that programs are full of and prose is not. */
const MARKS = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code === SPACE) return Mark.SPACE;
  if (code === COMMA) return Mark.COMMA;
  return '{}[]();=<>_\\|&@'.includes(String.fromCharCode(code)) ? Mark.SYMBOL : Mark.NONE;
});

interface Kept {
  readonly ask: string;
  readonly material: string;
  /** Runs of program lines, each left as a bare fence mark. */
  readonly fences: number;
}

/** The lines of a text: where each begins, what it is, and whether it is indented. */
interface Lines {
  readonly text: string;
  readonly starts: readonly number[];
  readonly kinds: readonly number[];
}

/**
 * Takes pasted files out of a text that nobody fenced: runs of lines of a program or of data, and what follows a
 * line that is only the name of a file. Linear in the text.
 */
export function separatePasted(text: string, mark: string): Kept {
  const lines = readLines(text);
  const { starts, kinds } = lines;
  let ask = '';
  let material = '';
  let fences = 0;
  let keptFrom = 0;
  for (let at = 0; at < kinds.length;) {
    const end = endOfPasted(lines, at);
    if (end === at) {
      at++;
      continue;
    }
    const from = starts[at] ?? 0;
    const to = starts[end] ?? text.length;
    ask += text.slice(keptFrom, from);
    material += text.slice(from, to);
    if (kinds.slice(at, end).includes(LineKind.PROGRAM)) {
      ask += `${mark}\n`;
      fences++;
    }
    keptFrom = to;
    at = end;
  }
  return material === ''
    ? { ask: text, material, fences }
    : { ask: (ask + text.slice(keptFrom)).trim(), material, fences };
}

function readLines(text: string): Lines {
  const starts: number[] = [];
  const kinds: number[] = [];
  for (let start = 0; start <= text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    starts.push(start);
    kinds.push(kindOf(text, start, end));
    start = end + 1;
  }
  return { text, starts, kinds };
}

/** Where the pasted lines end that begin at `start`; `start` itself where none do. */
function endOfPasted(lines: Lines, start: number): number {
  const { kinds } = lines;
  if (!isMaterial(kinds[start])) return isFileName(lines, start) ? endOfFile(lines, start) : start;
  let end = start;
  let count = 0;
  let gap = 0;
  for (let at = start; at < kinds.length && gap <= LONGEST_GAP; at++) {
    const kind = kinds[at];
    // What stands indented amid a program or data belongs to it.
    if (isMaterial(kind) || (kind === LineKind.PROSE && isIndented(lines, at))) {
      count++;
      gap = 0;
      end = at + 1;
    } else if (kind === LineKind.PROSE) {
      // A paragraph of prose after a blank line is said again, not pasted.
      if (kinds[at - 1] === LineKind.BLANK) break;
      gap++;
    }
  }
  return count >= SHORTEST_RUN ? end : start;
}

/** A file whose name stands above it ends with the text; one that opens the text, before the last paragraph. */
function endOfFile({ kinds }: Lines, start: number): number {
  for (let at = 0; at < start; at++) if (kinds[at] !== LineKind.BLANK) return kinds.length;
  let last = kinds.length - 1;
  while (last > start && kinds[last] === LineKind.BLANK) last--;
  while (last > start && kinds[last] !== LineKind.BLANK) last--;
  return last;
}

function isMaterial(kind: number | undefined): boolean {
  return kind === LineKind.PROGRAM || kind === LineKind.DATA;
}

function isIndented({ text, starts }: Lines, line: number): boolean {
  const start = starts[line] ?? 0;
  return (
    text.charCodeAt(start) === TAB ||
    (text.charCodeAt(start) === SPACE && text.charCodeAt(start + 1) === SPACE)
  );
}

function isFileName({ text, starts }: Lines, line: number): boolean {
  const start = starts[line] ?? 0;
  const end = (starts[line + 1] ?? text.length + 1) - 1;
  if (end - start > LONGEST_HEADER || end - start < 3) return false;
  let name = text.slice(start, end).trim();
  while (name !== '' && ':*`#'.includes(name.charAt(name.length - 1))) name = name.slice(0, -1);
  while (name !== '' && '*`# '.includes(name.charAt(0))) name = name.slice(1);
  if (name.toLowerCase().startsWith('file: ')) name = name.slice(6);
  const dot = name.lastIndexOf('.');
  return dot > 0 && !name.includes(' ') && EXTENSIONS.has(name.slice(dot + 1).toLowerCase());
}

function kindOf(text: string, from: number, to: number): number {
  let start = from;
  let end = to;
  while (start < end && text.charCodeAt(start) <= SPACE) start++;
  while (start < end && text.charCodeAt(end - 1) <= SPACE) end--;
  if (start === end) return LineKind.BLANK;
  if (opensAsData(text, start, end)) return LineKind.DATA;
  const { symbols, words, tightCommas, firstSpace } = countMarks(text, start, end);
  const isDense = symbols >= 3 && symbols >= words;
  if (isDense || opensAsProgram(text, start, firstSpace) || endsAsProgram(text, end)) return LineKind.PROGRAM;
  return tightCommas >= 3 ? LineKind.DATA : LineKind.PROSE;
}

interface LineMarks {
  readonly symbols: number;
  readonly words: number;
  /** Commas without a space after them. */
  readonly tightCommas: number;
  readonly firstSpace: number;
}

function countMarks(text: string, start: number, end: number): LineMarks {
  let symbols = 0;
  let words = 1;
  let tightCommas = 0;
  let firstSpace = end;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    const mark = code < 128 ? MARKS[code] : Mark.NONE;
    if (mark === Mark.NONE) continue;
    if (mark === Mark.SYMBOL) symbols++;
    else if (mark === Mark.SPACE) {
      if (words === 1) firstSpace = at;
      words++;
    } else if (at + 1 < end && text.charCodeAt(at + 1) !== SPACE) tightCommas++;
  }
  return { symbols, words, tightCommas, firstSpace };
}

function opensAsProgram(text: string, start: number, end: number): boolean {
  return end - start <= LONGEST_OPENER && PROGRAM_OPENERS.has(text.slice(start, end).toLowerCase());
}

function endsAsProgram(text: string, end: number): boolean {
  const last = text.charAt(end - 1);
  if (last === ';' || last === '{' || last === '}') return true;
  return (
    !isWordCode(text.charCodeAt(end - 1)) && PROGRAM_ENDINGS.some((ending) => text.endsWith(ending, end))
  );
}

function isWordCode(code: number): boolean {
  return code > 127 || isDigit(code) || ((code | 32) >= 97 && (code | 32) <= 122) || code === 46;
}

/** Logs, JSON, tables, comments and headings, lone brackets. */
function opensAsData(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  if (opensAsHeading(first, text.charCodeAt(start + 1))) return true;
  const last = text.charCodeAt(end - 1);
  if (first === QUOTE && (last === COMMA || last === QUOTE)) return text.slice(start, end).includes(':');
  if (first === BAR && last === BAR) return true;
  if (end - start <= 2 && '[]{}()'.includes(text.charAt(start))) return true;
  const at = text.charAt(start) === '[' ? start + 1 : start;
  const code = text.charCodeAt(at);
  return isDigit(code)
    ? startsWithTime(text, at)
    : isCapital(code) && LOG_LEVELS.some((level) => text.startsWith(level, at));
}

/** `# `, `## `, `* `, `**`. */
function opensAsHeading(first: number, second: number): boolean {
  return (first === HASH || first === STAR) && (second === SPACE || second === first);
}

/** After a digit: 2026-03-01, 2026/03/01, 10:00:00. */
function startsWithTime(text: string, at: number): boolean {
  if (!isDigit(text.charCodeAt(at + 1))) return false;
  const mark = text.charAt(at + 4);
  return mark === '-' || mark === '/' || text.charAt(at + 2) === ':';
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
