import { type Endpoint, isAvailable } from '../../gateway/balance/cluster.ts';
import type { ReasonCode } from '../../gateway/listener/context.ts';
import { type Policy, steer } from '../../gateway/policies/policy.ts';
import type { Whereabouts } from './whereabouts.ts';

/** An engine as the oracle sees it. */
interface View {
  endpoint: Endpoint;
  heldTokens: number;
  firstTokenMs: number;
}

/**
 * Sees all caches and queues as they are: the engine that would begin to answer soonest by its own model; of equals the
 * longest match, then the fewest in flight, then in turn. What is still to come it does not know, so that it bounds
 * nothing: a policy that places a prompt worse may do better by those that follow.
 */
export function oracle({ truth, firstTokenMs }: Whereabouts): Policy {
  let turn = 0;
  return {
    decide({ cluster }, _reading, { nowMs }) {
      const { heldTokens } = truth();
      const times = firstTokenMs();
      const first = turn++;
      let best: View | undefined;
      let mostHeld = 0;
      for (let step = 0; step < times.length; step++) {
        const engine = (first + step) % times.length;
        const endpoint = cluster.endpoints[engine]!;
        if (!isAvailable(endpoint, nowMs())) continue;
        const view = {
          endpoint,
          heldTokens: heldTokens[engine]!,
          firstTokenMs: times[engine]!,
        };
        mostHeld = Math.max(mostHeld, view.heldTokens);
        if (!best || isBetter(view, best)) best = view;
      }
      const held = best?.heldTokens ?? 0;
      return {
        ...steer('lookup', reasonOf(held, mostHeld), best?.endpoint.config.id),
        predictedCachedTokens: held,
      };
    },
  };
}

function isBetter(a: View, b: View): boolean {
  const order =
    b.firstTokenMs - a.firstTokenMs ||
    a.heldTokens - b.heldTokens ||
    b.endpoint.inFlight - a.endpoint.inFlight;
  return order > 0;
}

function reasonOf(held: number, most: number): ReasonCode {
  if (most === 0) return 'no-holder';
  return held === most ? 'hit' : 'overloaded';
}
