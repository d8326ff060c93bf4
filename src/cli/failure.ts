import { RouteLLError } from '../index.js';
import { ExitCode, type Outcome } from './io.js';
import { MissingPrompt } from './prompt.js';

/** Whatever ended a command, as it is told: code, message, and the exit code it means. */
export function failureOutcome(thrown: unknown, { simulated }: { readonly simulated: boolean }): Outcome {
  if (thrown instanceof MissingPrompt) return usageOutcome(`${thrown.message} Help: routell --help`);
  const error = RouteLLError.isInstance(thrown)
    ? thrown.toJSON()
    : { code: 'unexpected', name: 'Error', message: String(thrown) };
  const { code, message } = error;
  return {
    report: { success: false, simulated, error },
    text: `${String(code)}: ${String(message)}`,
    to: 'stderr',
    exitCode: ExitCode.FAILED,
  };
}

/** A command line that makes no sense. */
export function usageOutcome(message: string): Outcome {
  return {
    report: { success: false, error: { code: 'usage', message } },
    text: message,
    to: 'stderr',
    exitCode: ExitCode.USAGE,
  };
}
