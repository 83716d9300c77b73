import { KvcacheError, messageOf } from '../../base/errors.ts';
import { printableLines } from '../../base/printable.ts';
import { wrap } from '../../report/layout.ts';
import type { CliContext, OutputStream } from './context.ts';
import { ExitCode, exitCodeOfError } from './exit-codes.ts';
import { widthOf } from './terminal.ts';
import { cliError } from './errors.ts';

/**
 * Tells the user what went wrong and returns the exit code. Expected failures say what, where and
 * the remedy; anything else is a bug and keeps its stack trace.
 */
export function reportError(error: unknown, context: CliContext): ExitCode {
  if (!(error instanceof KvcacheError)) {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    context.stderr.write(
      `kvcache: internal error: ${messageOf(error)}\n${trace}\n` +
        'This is a bug in kvcache; please report it with the lines above.\n',
    );
    return ExitCode.internal;
  }
  context.stderr.write(fitting(formatError(error), context.stderr));
  const exitCode = exitCodeOfError(error.kind, error.code);
  if (context.args.includes('--json')) {
    context.stdout.write(`${JSON.stringify(errorDocument(error, exitCode, context))}\n`);
  }
  return exitCode;
}

function fitting(text: string, stream: OutputStream): string {
  const width = widthOf(stream);
  return text
    .split('\n')
    .flatMap((line) => wrap(line, width))
    .join('\n');
}

/** The document of a command line that could not be read; its text is on stderr already. */
export function reportUsage(message: string, context: CliContext): void {
  if (!context.args.includes('--json')) return;
  const error = cliError('COMMAND_LINE_INVALID', { message: message.replace(/^error: /, '') });
  context.stdout.write(`${JSON.stringify(errorDocument(error, ExitCode.usage, context))}\n`);
}

/** `kvcache: message [CODE]`, then where, details and remedy on indented lines. */
export function formatError(error: KvcacheError): string {
  const lines = [`kvcache: ${error.message} [${error.code}]`];
  if (error.where !== undefined) lines.push(`  at ${error.where}`);
  for (const detail of error.details) lines.push(`  | ${detail}`);
  if (error.remedy !== '') lines.push(`  → ${error.remedy}`);
  // Files and servers are quoted in them.
  return printableLines(`${lines.join('\n')}\n`);
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
