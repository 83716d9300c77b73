import { printableJson } from '../../base/printable.ts';
import type { PromptsReport } from '../../report/model.ts';

/** The one document on stdout of `analyze` and `gate`. */
export function promptsDocument({ outcome, exitCode, checks, result }: PromptsReport): string {
  return `${printableJson({ schema: 'kvcache.prompts/v1', outcome, exitCode, checks, ...result })}\n`;
}
