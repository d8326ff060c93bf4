/** What a line is, by its build. */
type LineKind = 'blank' | 'prose' | 'program' | 'data';

/** A run of this many lines of a program or of data was pasted; fewer may be part of what is said. */
const SHORTEST_RUN = 4;
/** So many lines of prose may stand amid a run: comments, headings. */
const LONGEST_GAP = 1;

/** Words that open a line of a program, never a sentence of an ask. */
const PROGRAM_OPENERS = new Set(
  `const let var def elif endif endfunction import export return public private protected static async await func fn
  struct impl namespace #include #define #import package typedef enum interface extends throws println printf
  console else: try: except finally: } { ); }); ]; // /* */ * # @override <?php <html> <div </div> <script> <?xml
  select insert update create_table begin end;`.split(/\s+/),
);
const PROGRAM_ENDINGS = ['):', '=>', ']:', '(', '[', ');', '),', '});', '&&', '||'];
const LOG_LEVELS = ['ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'FATAL'];
/** Names of files end in one of these. */
const EXTENSIONS = new Set(
  `md txt csv tsv json jsonl yaml yml toml xml html css scss js mjs cjs jsx ts tsx py rb go rs java kt swift c h cpp cc cs
  php sql sh bash log ini cfg conf env diff patch ipynb tex rst pdf docx`.split(/\s+/),
);
const LONGEST_HEADER = 80;

interface Kept {
  readonly ask: string;
  readonly material: string;
  /** Runs of program lines, each left as a bare fence mark. */
  readonly fences: number;
}

/**
 * Takes pasted files out of a text that nobody fenced: runs of lines of a program or of data, and what follows a
 * line that is only the name of a file. Linear in the text.
 */
export function separatePasted(text: string, mark: string): Kept {
  const lines = text.split('\n');
  if (lines.length < SHORTEST_RUN) return { ask: text, material: '', fences: 0 };
  const kept: string[] = [];
  const material: string[] = [];
  let fences = 0;
  for (let at = 0; at < lines.length;) {
    const end = endOfPasted(lines, at);
    if (end === at) {
      kept.push(lines[at] ?? '');
      at++;
      continue;
    }
    const run = lines.slice(at, end);
    material.push(...run);
    if (run.some((line) => kindOf(line) === 'program')) {
      kept.push(mark);
      fences++;
    }
    at = end;
  }
  return { ask: kept.join('\n').trim(), material: material.join('\n'), fences };
}

/** Where the pasted lines end that begin at `start`; `start` itself where none do. */
function endOfPasted(lines: readonly string[], start: number): number {
  if (isFileName(lines[start] ?? '')) return endOfFile(lines, start);
  if (!isMaterial(lines[start])) return start;
  let end = start;
  let count = 0;
  let gap = 0;
  for (let at = start; at < lines.length; at++) {
    const kind = kindOf(lines[at] ?? '');
    // What stands indented amid a program or data belongs to it.
    if (kind === 'program' || kind === 'data' || (kind === 'prose' && isIndented(lines[at] ?? ''))) {
      count++;
      gap = 0;
      end = at + 1;
    } else if (kind === 'prose') {
      gap++;
      if (gap > LONGEST_GAP) break;
    }
  }
  return count >= SHORTEST_RUN ? end : start;
}

/** A file whose name stands above it ends with the text; one that opens the text, before the last paragraph. */
function endOfFile(lines: readonly string[], start: number): number {
  if (lines.slice(0, start).some((line) => kindOf(line) !== 'blank')) return lines.length;
  let last = lines.length - 1;
  while (last > start && kindOf(lines[last] ?? '') === 'blank') last--;
  while (last > start && kindOf(lines[last] ?? '') !== 'blank') last--;
  return last > start ? last : start;
}

function isIndented(line: string): boolean {
  return line.startsWith('  ') || line.startsWith('\t');
}

function isMaterial(line: string | undefined): boolean {
  const kind = kindOf(line ?? '');
  return kind === 'program' || kind === 'data';
}

function isFileName(line: string): boolean {
  if (line.length > LONGEST_HEADER || line.length < 3) return false;
  let name = line.trim();
  while (name !== '' && ':*`#'.includes(name.charAt(name.length - 1))) name = name.slice(0, -1);
  while (name !== '' && '*`# '.includes(name.charAt(0))) name = name.slice(1);
  if (name.toLowerCase().startsWith('file: ')) name = name.slice(6);
  const dot = name.lastIndexOf('.');
  return dot > 0 && !name.includes(' ') && EXTENSIONS.has(name.slice(dot + 1).toLowerCase());
}

function kindOf(line: string): LineKind {
  const trimmed = line.trim();
  if (trimmed === '') return 'blank';
  if (isProgram(trimmed)) return 'program';
  return isData(trimmed) ? 'data' : 'prose';
}

function isProgram(line: string): boolean {
  const last = line.charAt(line.length - 1);
  if (last === ';' || last === '{' || last === '}') return true;
  if (PROGRAM_ENDINGS.some((ending) => line.endsWith(ending))) return true;
  const space = line.indexOf(' ');
  if (PROGRAM_OPENERS.has((space === -1 ? line : line.slice(0, space)).toLowerCase())) return true;
  const { symbols, words } = countMarks(line);
  return symbols >= 3 && symbols >= words;
}

/** Comma-separated values, logs, JSON, tables. */
function isData(line: string): boolean {
  const last = line.charAt(line.length - 1);
  if (line.charAt(0) === '"' && (last === ',' || last === '"') && line.includes(':')) return true;
  if (line.charAt(0) === '|' && last === '|') return true;
  if ('[]{}'.includes(line.charAt(0)) && line.length <= 2) return true;
  if (
    startsWithTime(line) ||
    LOG_LEVELS.some((level) => line.startsWith(level) || line.startsWith(`[${level}`))
  )
    return true;
  return countMarks(line).tightCommas >= 3;
}

/** 2026-03-01, 10:00:00, [2026-… */
function startsWithTime(line: string): boolean {
  const at = line.charAt(0) === '[' ? 1 : 0;
  const mark = line.charAt(at + 4);
  return (
    isDigit(line.charCodeAt(at)) &&
    isDigit(line.charCodeAt(at + 1)) &&
    (mark === '-' || mark === '/' || line.charAt(at + 2) === ':')
  );
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Marks that programs are full of and prose is not; words; commas without a space after them. */
function countMarks(line: string): {
  readonly symbols: number;
  readonly words: number;
  readonly tightCommas: number;
} {
  let symbols = 0;
  let words = 1;
  let tightCommas = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === ' ') words++;
    else if ('{}[]();=<>_\\|&@'.includes(character)) symbols++;
    else if (character === ',' && at + 1 < line.length && line.charAt(at + 1) !== ' ') tightCommas++;
  }
  return { symbols, words, tightCommas };
}
