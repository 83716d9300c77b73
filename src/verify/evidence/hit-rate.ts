import { capturedOverChance, wilsonInterval } from '../../stats/wilson.ts';
import { type Observation, ofArm } from './observation.ts';
import type { HitRate } from '../result/result-evidence.ts';

/**
 * Share of arm C's requests served by the engine that held their prefix; one phase, nothing else
 * in it. Requests that nobody could attribute are counted apart, never as misses.
 * @param distinctEndpoints engines with different addresses; below 2 any choice is right
 */
export function hitRate(observations: readonly Observation[], distinctEndpoints: number): HitRate {
  const routed = tally(observations, 'C');
  const unrouted = tally(observations, 'B');
  const value = routed.total === 0 ? null : routed.hits / routed.total;
  const isComparable = distinctEndpoints >= 2;
  return {
    ...routed,
    value,
    interval: routed.total === 0 ? null : wilsonInterval(routed.hits, routed.total),
    chance: isComparable ? 1 / distinctEndpoints : null,
    captured: isComparable && value !== null ? capturedOverChance(value, distinctEndpoints) : null,
    withoutRouting:
      unrouted.total === 0
        ? null
        : {
            hits: unrouted.hits,
            total: unrouted.total,
            interval: wilsonInterval(unrouted.hits, unrouted.total),
          },
    hotSpot: hotSpot(ofArm(observations, 'C'), distinctEndpoints),
  };
}

function tally(
  observations: readonly Observation[],
  arm: 'B' | 'C',
): { hits: number; total: number; unknown: number } {
  const all = ofArm(observations, arm);
  const attributed = all.filter((it) => it.servedBy !== null);
  return {
    hits: attributed.filter((it) => it.servedBy === it.holderId).length,
    total: attributed.length,
    unknown: all.length - attributed.length,
  };
}

function hotSpot(routed: readonly Observation[], endpoints: number): HitRate['hotSpot'] {
  const counts = new Map<string, number>();
  for (const { servedBy } of routed) {
    if (servedBy !== null) counts.set(servedBy, (counts.get(servedBy) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const busiest = [...counts].toSorted((a, b) => b[1] - a[1])[0];
  if (!busiest || endpoints === 0) return null;
  return { endpointId: busiest[0], share: busiest[1] / total, fairShare: 1 / endpoints };
}
