import { formatCount } from '../../base/figures.ts';
import { groupBy } from '../../base/lists.ts';
import { traceText } from '../load/text.ts';
import type { SimulateFlags } from './flags.ts';
import type { SimulateSettings } from './settings.ts';

/** What was asked. */
export function workloadText(flags: SimulateFlags, settings: SimulateSettings): string {
  const { trace, requests } = settings;
  const count = `${formatCount(requests)} requests`;
  if (trace) return `${traceText(trace)}; ${count}${paceText(flags, settings)}`;
  const pace =
    flags.rate === undefined
      ? `${flags.concurrency ?? 'four per engine'} in flight`
      : `${flags.rate}/s, ${flags.arrivals}`;
  return `${flags.workload}, ${pace}; ${count}`;
}

function paceText(
  { find, speed }: SimulateFlags,
  { settings }: Pick<SimulateSettings, 'settings'>,
): string {
  const isScaled = find === 'rate' || settings.some((it) => Object.hasOwn(it, 'rate'));
  if (isScaled) return ', arrivals scaled to each rate';
  return speed === 1 ? '' : ` at ${speed} times the pace`;
}

/** Who was asked: engines of one kind together. */
export function fleetText(
  { sweep, find }: Pick<SimulateFlags, 'sweep' | 'find'>,
  { plan }: SimulateSettings,
): string {
  const kinds = groupBy(plan.fleetOf({}).engines, ({ profile }) => {
    const { name, blocks, blockSize, tier } = profile;
    const second = tier ? `, tier ${formatCount(tier.chunks * tier.chunkTokens)}` : ', no tier';
    return `${name} (KV cache ${formatCount(blocks * blockSize)} tokens${second})`;
  });
  const fleet = [...kinds].map(([kind, engines]) => `${engines.length} × ${kind}`).join('; ');
  if (find === 'engines') return `at most ${fleet}`;
  return sweep === undefined ? fleet : `${fleet}; but for ${sweep}`;
}
