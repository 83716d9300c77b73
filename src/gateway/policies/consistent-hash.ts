import type { PromptView } from '../../protocol/openai.ts';
import { type Policy, steer } from './policy.ts';
import { rendezvous } from './rendezvous.ts';
import { sessionOf } from './session.ts';

/** Equal sessions, else equal beginnings of prompts, go to equal places by rendezvous hashing. */
export const consistentHash: Policy = {
  decide(request, { indexed, absence }, tools) {
    const key = sessionOf(request, tools) ?? (indexed && headOf(indexed.view));
    const endpoint = key && rendezvous(request.cluster, key, tools.nowMs());
    const reason = key ? 'policy' : absence;
    return steer('consistent-hash', reason, endpoint ? endpoint.config.id : undefined);
  },
};

/** Bytes of a prompt that are looked at: enough to tell applications apart. */
const HEAD_BYTES = 1_024;

/** The beginning of the prompt with all that stands beside it. */
function headOf({ body, frameKey, promptSpan: { start, end } }: PromptView): string {
  return frameKey + body.toString('latin1', start, Math.min(end, start + HEAD_BYTES));
}
