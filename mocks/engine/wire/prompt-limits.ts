import type { JsonRecord } from '../../../src/base/json.ts';
import type { TokenIds } from '../../kv/token-ids.ts';
import { numberAt } from './body-members.ts';
import type { EngineSettings } from './settings.ts';
import { badRequest, refused, type WireError } from './wire-error.ts';

/** Output or input that is asked for beyond the model's length, whatever the prompt. */
export function checkWanted(body: JsonRecord, limit: number): WireError | undefined {
  const field =
    numberAt(body, 'max_completion_tokens') === undefined ? 'max_tokens' : 'max_completion_tokens';
  const wanted = numberAt(body, field) ?? 0;
  if (wanted > limit) {
    const message = `${field}=${wanted} cannot be greater than max_model_len=${limit}. Please request fewer output tokens.`;
    return refused(message, field, String(wanted));
  }
  const kept = numberAt(body, 'truncate_prompt_tokens') ?? 0;
  if (kept <= limit) return undefined;
  const message = `truncate_prompt_tokens=${kept} cannot be greater than max_model_len = ${limit}. Please request a smaller truncation size.`;
  return refused(message, 'truncate_prompt_tokens', String(kept));
}

/** The first tokens only, when the body asks for so many; -1 leaves room for one of output. */
export function truncated(
  prompts: readonly TokenIds[],
  body: JsonRecord,
  limit: number,
): readonly TokenIds[] {
  const kept = numberAt(body, 'truncate_prompt_tokens');
  if (kept === undefined) return prompts;
  return prompts.map((ids) => Array.from(ids).slice(0, kept === -1 ? limit - 1 : kept));
}

/**
 * A prompt longer than the model.
 * @param isText its tokens were counted here: vLLM stops one beyond the limit, and says so
 */
export function checkLength(
  length: number,
  ...[limit, isText]: [limit: number, isText: boolean]
): WireError | undefined {
  if (length <= limit) return undefined;
  const counted = isText ? limit + 1 : length;
  const least = counted === limit + 1 ? 'at least ' : '';
  const message = `This model's maximum context length is ${limit} tokens. However, your prompt contains ${least}${counted} input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt.`;
  return refused(message, 'input_tokens', String(counted));
}

/** What older versions do not cut to what the prompt leaves of the model's length, but refuse. */
export function checkRoom(
  length: number,
  ...[wanted, settings]: [wanted: number | undefined, settings: EngineSettings]
): WireError | undefined {
  const { maxModelLen: limit, dialect } = settings;
  if (dialect.overlongOutput === 'cut' || wanted === undefined || length + wanted <= limit) {
    return undefined;
  }
  return badRequest(
    `'max_tokens' or 'max_completion_tokens' is too large: ${wanted}. This model's maximum context length is ${limit} tokens and your request has ${length} input tokens (${wanted} > ${limit} - ${length}).`,
    'max_tokens',
  );
}
