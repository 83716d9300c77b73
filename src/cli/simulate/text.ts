import { formatCount } from '../../base/figures.ts';
import { groupBy } from '../../base/lists.ts';
import { traceText } from '../load/text.ts';
import type { SimulateFlags } from './flags.ts';
import type { SimulateSettings } from './settings.ts';

/** What was asked. */
export function workloadText(flags: SimulateFlags, settings: SimulateSettings): string {
  const { trace, requests } = settings;
  const count = `${formatCount(requests)} requests`;
  if (trace) return `${traceText(trace)}; ${count}${speedText(flags.speed)}`;
  const pace =
    flags.rate === undefined
      ? `${flags.concurrency ?? 'four per engine'} in flight`
      : `${flags.rate}/s, ${flags.arrivals}`;
  return `${flags.workload}, ${pace}; ${count}`;
}

function speedText(speed: number): string {
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
  if (find !== undefined) return `at most ${fleet}`;
  return sweep === undefined ? fleet : `${fleet}; but for ${sweep}`;
}
