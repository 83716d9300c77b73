import type { PromptView } from '../../protocol/openai.ts';
import type { PolicyTools, RoutingRequest } from './policy.ts';
import type { Reading } from './reading.ts';
import { sessionOf } from './session-affinity.ts';

/** What a hashing policy places a request by: its session, else how its prompt begins. */
export function placeKeyOf(
  request: RoutingRequest,
  { indexed }: Reading,
  tools: PolicyTools,
): string | undefined {
  return sessionOf(request, tools) ?? (indexed && headOf(indexed.view));
}

/** Bytes of a prompt that are looked at: enough to tell applications apart. */
const HEAD_BYTES = 1_024;

/** The beginning of the prompt with all that stands beside it. */
function headOf({ body, frameKey, promptSpan: { start, end } }: PromptView): string {
  return frameKey + body.toString('latin1', start, Math.min(end, start + HEAD_BYTES));
}
