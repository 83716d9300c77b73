import { placeKeyOf } from './place-key.ts';
import { type Policy, steer } from './policy.ts';
import { rendezvousAmong } from './rendezvous.ts';
import { availableOf } from './turns.ts';

/**
 * As `consistent-hash`, but an endpoint takes at most ⌈c × m ÷ n⌉ requests at a time, of m in flight
 * with this one at n available endpoints; what is more goes to the next in its key's order (Mirrokni,
 * Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads", SODA 2018; c = 1 + ε).
 */
export const boundedHash: Policy = {
  decide(request, reading, tools) {
    const key = placeKeyOf(request, reading, tools);
    if (!key) return steer('bounded-hash', reading.absence, undefined);
    const available = availableOf(request.cluster, tools.nowMs());
    const inFlight = available.reduce((sum, it) => sum + it.inFlight, 0);
    const roomMax = Math.ceil((tools.hashLoadMax * (inFlight + 1)) / available.length);
    // Somebody is below the mean, and the mean is below the bound.
    const endpoint = rendezvousAmong(available, key, (it) => it.inFlight < roomMax);
    return steer('bounded-hash', 'policy', endpoint?.config.id);
  },
};
