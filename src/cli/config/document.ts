import { printableJson } from '../../base/printable.ts';
import { ExitCode } from '../shell/exit-codes.ts';

const OUTCOMES: Readonly<Partial<Record<ExitCode, string>>> = {
  [ExitCode.pass]: 'pass',
  [ExitCode.checkFailed]: 'fail',
  [ExitCode.usage]: 'error',
};

/** The `--json` line of a `config` command. */
export function configDocument(command: string, exitCode: ExitCode, body: object): string {
  const head = { schema: 'kvcache.config/v1', command, outcome: OUTCOMES[exitCode], exitCode };
  return `${printableJson({ ...head, ...body })}\n`;
}
