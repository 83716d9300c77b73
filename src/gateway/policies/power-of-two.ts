import { type Policy, steer } from './policy.ts';
import { availableOf } from './turns.ts';

/**
 * Of two available endpoints, drawn from the gateway's seed, the one with fewer requests in flight;
 * of equals the first drawn (Mitzenmacher, "The power of two choices in randomized load balancing", 2001).
 */
export const powerOfTwo: Policy = {
  decide({ cluster }, _reading, { nowMs, random }) {
    const available = availableOf(cluster, nowMs());
    if (available.length < 2) return steer('power-of-two', 'policy', available[0]?.config.id);
    const first = random.int(available.length);
    // A step from the first to any other: the two are never the same.
    const step = 1 + random.int(available.length - 1);
    const [one, other] = [available[first]!, available[(first + step) % available.length]!];
    const chosen = other.inFlight < one.inFlight ? other : one;
    return steer('power-of-two', 'policy', chosen.config.id);
  },
};
