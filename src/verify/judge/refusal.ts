import type { ObservedRun } from '../evidence/observed-run.ts';
import { trafficOf } from '../evidence/traffic.ts';
import type { Ledger } from '../experiment/ledger.ts';
import { distinctEndpoints, type Targets } from '../../target/targets.ts';

/** Why routing cannot be judged on this deployment, whatever is measured; null when it can. */
export function routingRefusal({ engines, replicas }: Targets, ledger: Ledger): string | null {
  const reachable = engines.length;
  if (reachable === 0 && replicas === null) {
    return 'Nobody says how many engines stand behind the gateway: give each with --engine ID=URL, or their number with --replicas.';
  }
  if (Math.max(reachable, replicas ?? 0) < 2) {
    return 'There is one engine only: every choice is the right one. Give a second with --vllm.';
  }
  if (distinctEndpoints(engines) < reachable) {
    return 'Two engines share one address: every request would hit by construction. Give each its own URL (--vllm twice, or ENGINE_ENDPOINT_B_HOST and _PORT).';
  }
  if (ledger.routing?.isOneProcess === true) {
    return 'Asking one engine moves the counters of another: they are one process, and every choice is the right one. Give each engine once.';
  }
  return null;
}

/** Why the answers that came through the gateway say nothing of its routing; null when they do. */
export function answerRefusal(run: ObservedRun): string | null {
  const found = new Set(trafficOf(run).map(({ code }) => code));
  if (found.has('answered-without-engine')) {
    return 'Answers through the gateway come from no engine of the run: what they cost says nothing of routing.';
  }
  return found.has('repeated-requests')
    ? 'The gateway sends requests more than once: one copy fills the cache that the other then hits. Turn retries and hedging off.'
    : null;
}
