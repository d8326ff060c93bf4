import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { version } from '../../package.json';

export { version };

/** Options that every command takes. */
export interface CommonOptions {
  /** One JSON document on stdout, errors included. */
  readonly json: boolean;
  /** On the embedded simulator, not on the network. */
  readonly simulate: boolean;
  readonly config?: string;
}

/** Options of what asks for something. */
export interface AskOptions {
  readonly system?: string;
  readonly cost?: number;
  readonly quality?: number;
  readonly speed?: number;
  readonly maxCostUsd?: number;
  readonly maxCostPerToken?: number;
  readonly maxTimeMs?: number;
  readonly minContextWindow?: number;
  readonly models?: readonly string[];
  readonly maxTokens?: number;
}

export interface DoctorOptions extends CommonOptions {
  readonly call: boolean;
}

export interface ModelsOptions extends CommonOptions {
  /** Show what differs from the catalogue of the package. */
  readonly diff: boolean;
}

export interface RouteOptions extends CommonOptions, AskOptions {
  readonly explain: boolean;
}

export interface ChatCommandOptions extends CommonOptions, AskOptions {
  readonly model?: string;
  readonly temperature?: number;
}

export interface ReplayOptions extends CommonOptions {
  /** An exported journal. */
  readonly log: string;
  /** The policy, as JSON. */
  readonly policy: string;
}

export interface EvalOptions extends CommonOptions {
  /** A directory of JSONL files, or one of them. */
  readonly data: string;
  readonly strong?: string;
  readonly weak?: string;
  /** Where a line for each prompt is written. */
  readonly scores?: string;
  /** Where a picture of the curves is written. */
  readonly plot?: string;
}

/** A command as it was asked for. A prompt that is absent or `-` stands on stdin. */
export type Invocation =
  | { readonly command: 'doctor'; readonly options: DoctorOptions }
  | { readonly command: 'route'; readonly prompt: string | undefined; readonly options: RouteOptions }
  | { readonly command: 'chat'; readonly prompt: string | undefined; readonly options: ChatCommandOptions }
  | { readonly command: 'models'; readonly options: ModelsOptions }
  | { readonly command: 'replay'; readonly options: ReplayOptions }
  | { readonly command: 'eval'; readonly options: EvalOptions };

/** What was asked for, or what is to be told instead: help, the version, or why it makes no sense. */
export type CommandLine =
  | { readonly kind: 'command'; readonly invocation: Invocation }
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'mistake'; readonly text: string };

/** Reads the arguments, without those of Node itself. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const told: string[] = [];
  const asked: Invocation[] = [];
  const program = makeProgram({
    tell: (text) => told.push(text),
    run: (invocation) => asked.push(invocation),
  });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: error.exitCode === 0 ? 'answer' : 'mistake', text: told.join('') };
  }
  const [invocation] = asked;
  if (invocation !== undefined) return { kind: 'command', invocation };
  return { kind: 'mistake', text: program.helpInformation() };
}

interface Told {
  readonly tell: (text: string) => void;
  readonly run: (invocation: Invocation) => void;
}

function makeProgram({ tell, run }: Told): Command {
  // Its commands inherit what is set before they are added.
  const program = new Command('routell')
    .exitOverride()
    .configureOutput({ writeOut: tell, writeErr: tell })
    .description('Routes each LLM call to the model that is good enough, within limits and credits.')
    .version(version)
    .option('--json', 'print one JSON document, errors included', false)
    .option('--simulate', 'run on the embedded simulator: no key, no network, answers made up', false)
    .option('--config <path>', 'configuration file (default: config/routellm.config.json, if there is one)')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Help: routell --help')
    .addHelpText('after', EXAMPLES);
  program
    .command('doctor')
    .description('check key, reachability, models, routing, credits, limits and configuration')
    .option('--call', 'also ask a model for one word; it costs a little', false)
    .addHelpText('after', '\nExit code: 0 nothing failed, 1 something did.')
    .action((_, command: Command) => run({ command: 'doctor', options: command.optsWithGlobals() }));
  askOptions(program.command('route').argument('[prompt]', PROMPT))
    .description('show which model a prompt would go to, and why; nothing is sent for it')
    .option('--explain', 'show the figures of every model', false)
    .action((prompt: string | undefined, _, command: Command) =>
      run({ command: 'route', prompt, options: command.optsWithGlobals() }),
    );
  askOptions(program.command('chat').argument('[prompt]', PROMPT))
    .description('ask, and print the answer as it comes')
    .option('--model <name>', 'use this model (default: the one that routing chooses)')
    .option('--temperature <number>', 'sampling temperature, 0 to 2', aNumber(0, 2))
    .action((prompt: string | undefined, _, command: Command) =>
      run({ command: 'chat', prompt, options: command.optsWithGlobals() }),
    );
  program
    .command('models')
    .description('list the models there are, their prices, and whether routing uses them')
    .option('--diff', 'read the lists anew, and show what differs from the catalogue of the package', false)
    .action((_, command: Command) => run({ command: 'models', options: command.optsWithGlobals() }));
  program
    .command('replay')
    .description('estimate what recorded decisions would have cost, and how good, under another policy')
    .requiredOption('--log <file>', 'the journal, exported as one JSON record a line')
    .requiredOption('--policy <file>', 'JSON: preferences, models, excludedModels; each optional')
    .action((_, command: Command) => run({ command: 'replay', options: command.optsWithGlobals() }));
  evalCommand(program, run);
  return program;
}

function evalCommand(program: Command, run: Told['run']): void {
  program
    .command('eval')
    .description('measure decisions on prompts whose answers were judged; nothing is sent')
    .requiredOption('--data <path>', 'directory of JSONL files, or one of them', aName)
    .option('--strong <model>', 'the strong model, where a file has it (default: the best mean)', aName)
    .option('--weak <model>', 'the weak model, where a file has it (default: the worst mean)', aName)
    .option('--scores <file>', 'write the score of each prompt, as JSONL', aName)
    .option('--plot <file>', 'draw quality by share of strong calls, as SVG', aName)
    .action((_, command: Command) => run({ command: 'eval', options: command.optsWithGlobals() }));
}

const PROMPT = 'the prompt; "-", or none, reads it from stdin';

const EXAMPLES = `
Examples:
  routell doctor                                  what is wrong, and how to mend it
  routell doctor --simulate                       the same without key and network
  routell route "Prove that 2 is prime" --explain
  routell chat "Name three rivers" --cost 1       the cheapest that will do
  git diff | routell chat --system "Review this" -
  routell models --json
  routell replay --log journal.jsonl --policy policy.json
  routell eval --data judged/ --plot curves.svg   how good its decisions are, on your own data

Exit codes: 0 well, 1 failed, 2 a command or option that makes no sense, 130 interrupted.`;

function askOptions(command: Command): Command {
  return command
    .option('--system <text>', 'system prompt')
    .option('--cost <weight>', 'how much low cost counts; weights are shares of their sum', aNumber(0))
    .option('--quality <weight>', 'how much quality counts', aNumber(0))
    .option('--speed <weight>', 'how much speed counts', aNumber(0))
    .option('--max-cost-usd <usd>', 'no model that is expected to cost more', aLimit)
    .option('--max-cost-per-token <usd>', 'no model whose tokens cost more', aLimit)
    .option('--max-time-ms <ms>', 'no model that is expected to take longer', aLimit)
    .option('--min-context-window <tokens>', 'no model with a smaller context window', aLimit)
    .option('--models <names>', 'only these, separated by commas', names)
    .option('--max-tokens <tokens>', 'the longest answer', aCount);
}

function aNumber(atLeast: number, atMost = Infinity): (text: string) => number {
  return (text) => {
    const number = text.trim() === '' ? NaN : Number(text);
    if (number >= atLeast && number <= atMost && number !== Infinity) return number;
    throw new InvalidArgumentError(
      `Expected a number, ${atMost === Infinity ? `${atLeast} or more` : `${atLeast} to ${atMost}`}.`,
    );
  };
}

function aLimit(text: string): number {
  const number = Number(text);
  if (number > 0 && number !== Infinity) return number;
  throw new InvalidArgumentError('Expected a number above 0.');
}

function aCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number, 1 or more.');
}

function aName(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected a name.');
}

function names(text: string): readonly string[] {
  const given = text.split(',').map((name) => name.trim());
  if (given.every((name) => name !== '')) return given;
  throw new InvalidArgumentError('Expected names separated by commas.');
}
