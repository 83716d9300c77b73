import { ExitCode } from './exit-codes.ts';

/** The document of a command that shows or writes something, and judges nothing. */
export function unjudged(schema: string, body: object): string {
  const head = { schema, outcome: 'pass', exitCode: ExitCode.pass, checks: [] };
  return `${JSON.stringify({ ...head, ...body })}\n`;
}
