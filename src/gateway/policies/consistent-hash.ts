import { type Policy, steer } from './policy.ts';
import { placeKeyOf } from './place-key.ts';
import { rendezvous } from './rendezvous.ts';

/** Equal sessions, else equal beginnings of prompts, go to equal places by rendezvous hashing. */
export const consistentHash: Policy = {
  decide(request, reading, tools) {
    const key = placeKeyOf(request, reading, tools);
    const endpoint = key && rendezvous(request.cluster, key, tools.nowMs());
    const reason = key ? 'policy' : reading.absence;
    return steer('consistent-hash', reason, endpoint ? endpoint.config.id : undefined);
  },
};
