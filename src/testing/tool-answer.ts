import { hashOf, type SeededRandom } from './random.js';
import type { ChatRequest, RequestTool } from './request.js';
import { valueForSchema } from './schema-answer.js';
import { startOf } from './tokens.js';

/** A call the simulated model makes. */
interface SimulatedToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON that satisfies the parameters of the tool. */
  readonly arguments: string;
}

const MOST_CALLS = 4;

/** The calls a request leads to: what `tool_choice` demands, or what the ask has words in common with. */
export function toolCallsFor(
  request: ChatRequest,
  ask: string,
  random: SeededRandom,
): readonly SimulatedToolCall[] {
  const chosen = chosenTools(request, ask);
  const names = properNouns(ask);
  const [only] = chosen;
  const planned: (readonly [RequestTool, string | undefined])[] =
    chosen.length === 1 && only !== undefined && names.length > 1
      ? names.map((name) => [only, name] as const)
      : chosen.map((tool) => [tool, names[0]] as const);
  const most = request.parallelToolCalls ? MOST_CALLS : 1;
  return planned.slice(0, most).map(([tool, name], index) => ({
    id: `call_${hashOf(`${ask}\u0000${tool.name}\u0000${index}\u0000${random()}`).toString(36)}`,
    name: tool.name,
    arguments: JSON.stringify(
      valueForSchema(tool.parameters, { random, wordFor: (property) => wordFor(property, name, ask) }),
    ),
  }));
}

function chosenTools(request: ChatRequest, ask: string): readonly RequestTool[] {
  const { tools, toolChoice } = request;
  if (toolChoice === 'none' || tools.length === 0) return [];
  if (typeof toolChoice === 'object')
    return tools.filter((tool) => tool.name === toolChoice.name).slice(0, 1);
  const words = wordsOf(ask);
  const called = tools.filter((tool) => isAskedFor(tool, words));
  if (toolChoice === 'required') return called.length > 0 ? called : tools.slice(0, 1);
  return request.messages.at(-1)?.role === 'tool' ? [] : called;
}

/** One word of its name, or two of its description. */
function isAskedFor(tool: RequestTool, words: ReadonlySet<string>): boolean {
  const name = wordsOf(tool.name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' '));
  if ([...name].some((word) => !VERBS.has(word) && words.has(word))) return true;
  return [...wordsOf(tool.description)].filter((word) => words.has(word)).length >= 2;
}

const VERBS: ReadonlySet<string> = new Set(['find', 'look', 'call', 'make', 'send', 'list', 'show', 'tool']);

/** Words of four letters and more, without the plural. */
function wordsOf(text: string): ReadonlySet<string> {
  const words =
    text
      .slice(0, 4000)
      .toLowerCase()
      .match(/[\p{L}\p{N}]{4,}/gu) ?? [];
  return new Set(words.map((word) => (word.length > 4 ? word.replace(/s$/, '') : word)));
}

/** Capitalised words that do not begin a sentence, in their order. */
function properNouns(ask: string): readonly string[] {
  const found = ask.slice(0, 4000).match(/(?<=[\p{Ll}\p{N},] )\p{Lu}[\p{Ll}’'-]+(?: \p{Lu}[\p{Ll}’'-]+)?/gu);
  return [...new Set(found ?? [])];
}

function wordFor(property: string, name: string | undefined, ask: string): string | undefined {
  if (/city|location|place|name|country|town|person|company/i.test(property)) return name;
  return /query|question|text|prompt|expression|search/i.test(property) ? startOf(ask, 80) : undefined;
}
