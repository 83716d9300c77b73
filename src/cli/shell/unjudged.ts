import { printableJson } from '../../base/printable.ts';
import { ExitCode } from './exit-codes.ts';

/** The document of a command that shows or writes something, and judges nothing. */
export function unjudged(schema: string, body: object): string {
  const head = { schema, outcome: 'pass', exitCode: ExitCode.pass, checks: [] };
  return `${printableJson({ ...head, ...body })}\n`;
}
