import { addTo, byCount, countBy, sumOf } from '../../base/lists.ts';
import { clusteredShare } from '../../stats/share-interval.ts';
import { CONFIDENCE, type Interval } from '../../stats/interval.ts';
import { wilsonInterval } from '../../stats/wilson.ts';
import type { ArmId } from '../result/result-arms.ts';
import type { HitRate } from '../result/result-evidence.ts';
import { attribute } from './attribution.ts';
import { countedHits } from './counted-hits.ts';
import { heldShare } from './held.ts';
import { byRound, type MeasuredSample, ofArm } from './measured.ts';
import type { ObservedRun } from './observed-run.ts';
import type { BlockCount } from './block-count.ts';
import { agreementByChance } from './routing.ts';

/** Confidence at which skill is told from luck: one blind router in a thousand passes. */
const STRICT = 0.998;
const HELD_MIN = 0.9;

interface BlockHits {
  hits: number;
  misses: number;
  unknown: number;
  byCounters: number;
  total: number;
}

/**
 * Share of arm C's requests that reached an engine holding their prefix. Failures are misses. What no
 * answer tells is taken from the engines' counters of the block; what they do not tell either stays
 * unknown and widens the bounds.
 */
export function hitRate(run: ObservedRun): HitRate {
  const blocks = blocksOf(run, 'C');
  const off = blocksOf(run, 'B');
  const sum = (key: keyof BlockHits): number => sumOf(blocks, (it) => it[key]);
  const [hits, unknown, total] = [sum('hits'), sum('unknown'), sum('total')];
  const value = total === 0 || unknown > 0 ? null : hits / total;
  const chance = chanceOf(run);
  const isOffKnown = off.length > 0 && off.every((it) => it.unknown === 0);
  return {
    hits,
    misses: sum('misses'),
    unknown,
    total,
    value,
    bounds: total === 0 ? null : { low: hits / total, high: (hits + unknown) / total },
    interval: around(blocks, CONFIDENCE),
    strictInterval: around(blocks, STRICT),
    byCounters: sum('byCounters'),
    chance,
    captured:
      value === null || chance === null || chance >= 1 ? null : (value - chance) / (1 - chance),
    withoutRouting: isOffKnown ? plainShare(off) : null,
    hotSpot: hotSpot(run),
  };
}

function plainShare(blocks: readonly BlockHits[]): NonNullable<HitRate['withoutRouting']> {
  const hits = sumOf(blocks, (it) => it.hits);
  return {
    hits,
    total: sumOf(blocks, (it) => it.total),
    interval: clusteredShare(blocks).interval ?? null,
  };
}

/** From the worst the unknown may be to the best. */
function around(blocks: readonly BlockHits[], confidence: number): Interval | null {
  if (blocks.length === 0) return null;
  const low = clusteredShare(blocks, confidence).interval;
  const best = blocks.map(({ hits, unknown, total }) => ({ hits: hits + unknown, total }));
  const high = clusteredShare(best, confidence).interval;
  return low && high ? { low: low.low, high: high.high, confidence } : null;
}

function blocksOf(run: ObservedRun, arm: ArmId): BlockHits[] {
  const held = heldShare(run);
  const canCount = held === null || held >= HELD_MIN;
  return [...byRound(ofArm(run.samples, arm))].map(([round, samples]) => {
    const count = run.counts.find((it) => it.arm === arm && it.round === round);
    return blockHits(run, samples, canCount ? count : undefined);
  });
}

function blockHits(
  run: ObservedRun,
  samples: readonly MeasuredSample[],
  count: BlockCount | undefined,
): BlockHits {
  const verdicts = samples.map((it) => attribute(it, run.jury).isHit);
  const told = verdicts.filter((it) => it !== null);
  const total = samples.length;
  const unknown = samples.length - told.length;
  const hits = told.filter(Boolean).length;
  const counted =
    unknown > 0 && count ? countedHits(count, run.jury.engines.length, run.sizes) : null;
  if (counted === null)
    return { hits, misses: total - hits - unknown, unknown, byCounters: 0, total };
  const more = Math.min(unknown, Math.max(0, counted - hits));
  return { hits: hits + more, misses: total - hits - more, unknown: 0, byCounters: unknown, total };
}

/** How often blind choice with the shares seen would be right, and never less than an even one. */
function chanceOf(run: ObservedRun): number | null {
  const { choices } = run;
  if (choices === null || choices < 2) return null;
  const shares = [holders(run), servers(run, 'C')] as const;
  return Math.max(1 / choices, agreementByChance(...shares));
}

function holders(run: ObservedRun): Record<string, number> {
  const known = countBy(ofArm(run.samples, 'C'), (it) => it.experiment.holderId);
  return Object.keys(known).length > 0 ? known : countedAt(run, 'C', 'primes');
}

function servers(run: ObservedRun, arm: ArmId): Record<string, number> {
  const counted = countedAt(run, arm, 'measured');
  if (Object.keys(counted).length > 0) return counted;
  return countBy(ofArm(run.samples, arm), (it) => attribute(it, run.jury).servedBy);
}

/** Requests by engine over an arm's blocks; empty unless every engine counts them. */
function countedAt(
  { counts, jury }: ObservedRun,
  arm: ArmId,
  phase: 'primes' | 'measured',
): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const block of counts.filter((it) => it.arm === arm)) {
    const engines = Object.entries(block[phase].delta.engines);
    if (engines.length < jury.engines.length) return {};
    for (const [id, { requests }] of engines) {
      if (requests === null || requests < 0) return {};
      addTo(totals, id, requests);
    }
  }
  return totals;
}

function hotSpot(run: ObservedRun): HitRate['hotSpot'] {
  const counts = servers(run, 'C');
  const total = sumOf(Object.values(counts));
  const [busiest] = byCount(counts);
  if (!busiest || total === 0 || run.choices === null) return null;
  const [endpointId, requests] = busiest;
  const interval = wilsonInterval(requests, total);
  return { endpointId, share: requests / total, fairShare: 1 / run.choices, interval };
}
