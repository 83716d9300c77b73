import type { JsonRecord } from '../base/json.ts';
import type { PromptKind } from '../protocol/openai.ts';

/** One request of a file, as its client sent it. */
export interface PromptRequest {
  /** From 1, in the order of the file. */
  number: number;
  file: string;
  line: number;
  /** Undefined where the file does not say. */
  session: string | undefined;
  kind: PromptKind;
  body: JsonRecord;
}

/** What a form makes of an entry: the request without its place. */
export type PromptDraft = Pick<PromptRequest, 'session' | 'kind' | 'body'>;

export function placeOf({ file, line }: Pick<PromptRequest, 'file' | 'line'>): string {
  return `${file}:${line}`;
}
