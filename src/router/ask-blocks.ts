import { separatePasted } from './pasted-lines.js';

/** A text of the user's, taken apart. */
export interface SeparatedText {
  /** The user's own words; each fenced block is left as a bare fence mark. */
  readonly ask: string;
  /** What was pasted: fenced blocks and tagged files. Stands in where nothing else was said. */
  readonly material: string;
  /** Characters of blocks that software put in, as reminders and environment notes. */
  readonly reminderCharacters: number;
  /** Tagged files, documents and tool results. */
  readonly files: number;
  readonly fences: number;
}

const FENCE = '```';

/** Tags around what software adds on its own account. */
const REMINDER_TAGS = new Set(
  `system-reminder system_reminder reminder reminders environment_details environment_context environment env
  system system-message system_message system-instructions system_instructions user_instructions instructions
  custom_instructions context_window memory memories user_info user_rules rules workspace_info
  additional_context local-command-stdout local-command-caveat command-name command-message command-args
  ide_opened_file ide_selection ide_context open_files editor_context budget available_tools tools
  functions`.split(/\s+/),
);

/** Tags around what is pasted for the request to work on; only where they open a line. */
const MATERIAL_TAGS = new Set(
  `file files file_content file_contents file-content document documents doc docs attachment attachments
  attached_file attached_files attached-files pasted pasted_text pasted_content content contents context
  tool_result tool_results tool-result tool_output function_result function_results result results output
  stdout stderr log logs source source_code code snippet selection data diff patch page webpage article
  transcript search_results quote email text`.split(/\s+/),
);

interface Block {
  readonly start: number;
  readonly end: number;
  readonly kind: 'reminder' | 'material' | 'fence';
}

/** Separates a user's words from fences, pasted files and reminder blocks. Linear in the text. */
export function separateBlocks(text: string): SeparatedText {
  const asks: string[] = [];
  const materials: string[] = [];
  let reminderCharacters = 0;
  let files = 0;
  let fences = 0;
  let at = 0;
  const search: Search = { text, unclosed: new Set(), fenceAt: text.indexOf(FENCE) };
  for (;;) {
    const block = nextBlock(search, at);
    if (block === null) break;
    asks.push(text.slice(at, block.start));
    if (block.kind === 'reminder') {
      reminderCharacters += block.end - block.start;
    } else {
      materials.push(text.slice(block.start, block.end));
      if (block.kind === 'fence') {
        fences++;
        asks.push(`${FENCE}\n`);
      } else files++;
    }
    at = block.end;
  }
  asks.push(text.slice(at));
  const { ask, material, fences: programs } = separatePasted(asks.join('').trim(), FENCE);
  if (material !== '') materials.push(material);
  return { ask, material: materials.join('\n'), reminderCharacters, files, fences: fences + programs };
}

/** What one search over a text remembers, so that no part is looked through twice. */
interface Search {
  readonly text: string;
  /** Tags found without their end. */
  readonly unclosed: Set<string>;
  /** The next fence; −1 where there is none. */
  fenceAt: number;
}

/** The first block at or after `from`. */
function nextBlock(search: Search, from: number): Block | null {
  const { text, unclosed } = search;
  if (search.fenceAt !== -1 && search.fenceAt < from) search.fenceAt = text.indexOf(FENCE, from);
  const { fenceAt } = search;
  const limit = fenceAt === -1 ? text.length : fenceAt;
  for (let at = text.indexOf('<', from); at !== -1 && at < limit; at = text.indexOf('<', at + 1)) {
    const block = tagAt(text, at, unclosed);
    if (block !== null) return block;
  }
  return fenceAt === -1 ? null : fenceFrom(text, fenceAt);
}

function fenceFrom(text: string, start: number): Block {
  const close = text.indexOf(FENCE, start + FENCE.length);
  return { start, end: close === -1 ? text.length : close + FENCE.length, kind: 'fence' };
}

const LONGEST_NAME = 32;

function tagAt(text: string, start: number, unclosed: Set<string>): Block | null {
  let end = start + 1;
  while (end < text.length && end - start <= LONGEST_NAME && isNameCharacter(text.charCodeAt(end))) end++;
  if (end === start + 1) return null;
  const name = text.slice(start + 1, end);
  const kind = kindOf(name.toLowerCase());
  if (kind === null || unclosed.has(name)) return null;
  if (kind === 'material' && !opensLine(text, start)) return null;
  const close = `</${name}>`;
  const closeAt = text.indexOf(close, end);
  if (closeAt === -1) {
    unclosed.add(name);
    return null;
  }
  return { start, end: closeAt + close.length, kind };
}

function kindOf(name: string): 'reminder' | 'material' | null {
  if (REMINDER_TAGS.has(name) || name.endsWith('reminder')) return 'reminder';
  return MATERIAL_TAGS.has(name) ? 'material' : null;
}

/** ASCII letters, digits, `-` and `_`. */
function isNameCharacter(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}

function opensLine(text: string, at: number): boolean {
  return at === 0 || text.charCodeAt(at - 1) === 10;
}
