import type { CliContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** What a command does once its flags are parsed. Prints through the context, returns the exit code. */
export type Action<Options> = (options: Options, context: CliContext) => Promise<ExitCode>;

/**
 * Runs an action that is imported only now: `--help` must not load what the commands need.
 * A command hands over `async () => (await import('../actions/request.ts')).request`.
 */
export type RunAction = <Options extends object>(
  load: () => Promise<Action<Options>>,
  options: Options,
) => Promise<void>;
