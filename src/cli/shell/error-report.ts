import { KvcacheError, messageOf, systemErrorCode } from '../../base/errors.ts';
import { printable, printableJson, printableLines } from '../../base/printable.ts';
import { refusalOf } from '../../base/refusal.ts';
import { wrap } from '../../report/layout.ts';
import type { CliContext, OutputStream } from './context.ts';
import { ExitCode, exitCodeOfError } from './exit-codes.ts';
import { widthOf } from './terminal.ts';
import { cliError } from './errors.ts';

/**
 * Tells the user what went wrong and returns the exit code. Expected failures say what, where and
 * the remedy; anything else is a bug and keeps its stack trace.
 */
export function reportError(thrown: unknown, context: CliContext): ExitCode {
  const error = expected(thrown);
  if (!error) {
    const trace = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    context.stderr.write(
      printableLines(
        `kvcache: internal error: ${messageOf(thrown)}\n${trace}\n` +
          'This is a bug in kvcache; please report it with the lines above.\n',
      ),
    );
    return ExitCode.internal;
  }
  context.stderr.write(fitting(formatError(error), context.stderr));
  const exitCode = exitCodeOfError(error.kind, error.code);
  if (context.args.includes('--json')) {
    context.stdout.write(`${printableJson(errorDocument(error, exitCode, context))}\n`);
  }
  return exitCode;
}

/** An error of ours, or one in our words: a full disk may be met wherever a file is touched. */
function expected(error: unknown): KvcacheError | undefined {
  if (error instanceof KvcacheError) return error;
  const refusal = refusalOf(error);
  const { syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (!refusal || syscall === undefined) return undefined;
  const message = `The system refuses to ${syscall}: ${refusal.text}.`;
  return cliError('SYSTEM_REFUSED', { message, where: path, remedy: refusal.remedy, cause: error });
}

/**
 * Whoever asked for output that could not be written must not take the exit code for all there is to
 * know. A reader that closed early (`| head -1`) has what it wanted.
 */
export function reportLostOutput(exitCode: ExitCode, { stdout, stderr }: CliContext): ExitCode {
  const { loss } = stdout;
  if (loss === undefined || systemErrorCode(loss) === 'EPIPE') return exitCode;
  const refusal = refusalOf(loss);
  const error = cliError('OUTPUT_LOST', {
    message: `Standard output could not be written: ${refusal?.text ?? messageOf(loss)}.`,
    remedy: refusal?.remedy ?? 'Write it elsewhere.',
    cause: loss,
  });
  stderr.write(fitting(formatError(error), stderr));
  return exitCodeOfError(error.kind, error.code);
}

function fitting(text: string, stream: OutputStream): string {
  const width = widthOf(stream);
  return text
    .split('\n')
    .flatMap((line) => wrap(line, width))
    .join('\n');
}

/** A command line that could not be read, in commander's words and our form. */
export function reportUsage(
  told: string,
  called: readonly string[],
  context: CliContext,
): ExitCode {
  const [first = '', ...more] = told.replace(/^error: /, '').split('\n');
  const sentence = `${first.slice(0, 1).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`;
  const hint = more.join(' ').replaceAll(/^\(|\)$/g, '');
  const help = [context.programName, ...called, '--help'].join(' ');
  const message = [sentence, hint].filter(Boolean).join(' ');
  const remedy = `Run "${help}" to see what there is.`;
  return reportError(cliError('COMMAND_LINE_INVALID', { message, remedy }), context);
}

/** `kvcache: message [CODE]`, then where, details and remedy on indented lines. */
export function formatError(error: KvcacheError): string {
  const lines = [`kvcache: ${error.message} [${error.code}]`];
  if (error.where !== undefined) lines.push(`  at ${error.where}`);
  for (const detail of error.details) lines.push(`  | ${detail}`);
  if (error.remedy !== '') lines.push(`  → ${error.remedy}`);
  // Files and servers are quoted in them.
  return `${lines.map(printable).join('\n')}\n`;
}

function errorDocument(error: KvcacheError, exitCode: ExitCode, context: CliContext): object {
  const command = context.args.find((arg) => !arg.startsWith('-')) ?? 'kvcache';
  return {
    schema: `kvcache.${command}/v1`,
    outcome: 'error',
    exitCode,
    error: {
      code: error.code,
      message: error.message,
      where: error.where ?? null,
      details: error.details,
      remedy: error.remedy,
    },
    checks: [],
  };
}
