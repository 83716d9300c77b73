import { percentile, sortedCopy } from '../stats/percentile.ts';
import { type LoadedRequest, type Objective, parseObjective } from './objective.ts';

/**
 * How many times as long as on an idle server a first token may take at the knee. In a queue with one server and
 * random arrivals, throughput ÷ delay is highest where the delay is twice that of an idle one.
 * Source: Kleinrock, "Power and Deterministic Rules of Thumb for Probabilistic Problems in Computer
 * Communications" (ICC 1979).
 */
const TIMES_IDLE = 2;

/** What a knee means as objectives, by requests that were alone on the server. Failures are beyond every bound. */
export function kneeObjectives(alone: readonly LoadedRequest[]): Objective[] {
  const isStreamed = alone.some(({ ttftMs }) => ttftMs !== null);
  const times = alone
    .filter(({ isFailed }) => !isFailed)
    .flatMap((it) => (isStreamed ? it.ttftMs : it.latencyMs) ?? []);
  const boundMs = TIMES_IDLE * percentile(sortedCopy(times), 95);
  const metric = isStreamed ? 'ttft.p95' : 'latency.p95';
  return [parseObjective(`${metric} < ${Number(boundMs.toPrecision(3))}ms`)];
}
