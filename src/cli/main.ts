import { chat } from './chat.js';
import { type Invocation, readCommandLine } from './command-line.js';
import { doctor } from './doctor.js';
import { evaluate } from './eval.js';
import { failureOutcome, usageOutcome } from './failure.js';
import { type CommandLineIO, ExitCode, type Outcome } from './io.js';
import { models } from './models.js';
import { modelsDifference } from './models-difference.js';
import { Output } from './output.js';
import { printable, printableJson } from './printable.js';
import { readPrompt } from './prompt.js';
import { replay } from './replay.js';
import { route } from './route.js';
import { type Terminal, withSession } from './session.js';

/**
 * The command line: reads the arguments (without those of Node itself), does what they ask for, and tells
 * it. Never rejects.
 */
export async function main(argv: readonly string[], io: CommandLineIO): Promise<ExitCode> {
  const terminal = { io, stdout: new Output(io.stdout), stderr: new Output(io.stderr) };
  const exitCode = await answer(argv, terminal);
  await terminal.stdout.flush();
  if (terminal.stdout.failure === null) return exitCode;
  await terminal.stderr.write(`stdout could not be written: ${printable(terminal.stdout.failure.message)}\n`);
  return ExitCode.FAILED;
}

async function answer(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const asked = readCommandLine(argv);
  switch (asked.kind) {
    case 'answer':
      await terminal.stdout.write(asked.text);
      return ExitCode.WELL;
    case 'mistake':
      return await tell(usageOutcome(asked.text.trimEnd()), { json: argv.includes('--json') }, terminal);
    case 'command':
      return await tell(await outcomeOf(asked.invocation, terminal), asked.invocation.options, terminal);
  }
}

async function outcomeOf(invocation: Invocation, terminal: Terminal): Promise<Outcome> {
  const { simulate: simulated } = invocation.options;
  try {
    const outcome = await run(invocation, terminal);
    if (!terminal.io.interrupt.aborted) return outcome;
  } catch (error) {
    if (!terminal.io.interrupt.aborted) return failureOutcome(error, { simulated });
  }
  return interrupted(simulated);
}

async function run(invocation: Invocation, terminal: Terminal): Promise<Outcome> {
  const { options } = invocation;
  switch (invocation.command) {
    case 'doctor':
      return await doctor(invocation.options, terminal);
    case 'models':
      return await withSession(options, terminal, invocation.options.diff ? modelsDifference : models);
    case 'replay':
      return await replay(invocation.options, terminal.io);
    case 'eval':
      return await evaluate(invocation.options, terminal);
    case 'route': {
      const prompt = await readPrompt(invocation.prompt, terminal.io);
      return await withSession(options, terminal, (session) => route(prompt, invocation.options, session));
    }
    case 'chat': {
      const prompt = await readPrompt(invocation.prompt, terminal.io);
      return await withSession(options, terminal, (session) =>
        chat(prompt, invocation.options, session, terminal),
      );
    }
  }
}

function interrupted(simulated: boolean): Outcome {
  const error = { code: 'aborted', message: 'Interrupted.' };
  return {
    report: { success: false, simulated, error },
    text: error.message,
    to: 'stderr',
    exitCode: ExitCode.INTERRUPTED,
  };
}

async function tell(
  { report, text, to, exitCode }: Outcome,
  { json }: { readonly json: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  if (json) await terminal.stdout.write(`${printableJson(report)}\n`);
  else if (text !== '') await terminal[to].write(`${text}\n`);
  return exitCode;
}
