import { sumOf } from '../../base/lists.ts';
import type { TermValues } from '../fit/weights.ts';
import { timeOf } from '../terms.ts';
import type { Probe, ProbeGroup, ProbePlan } from './plan.ts';

/** What a plan asks of an engine. */
export interface ProbeCost {
  requests: number;
  /** Prompt tokens that have to be computed, and those that should be cached by then. */
  computedTokens: number;
  cachedTokens: number;
  outputTokens: number;
  /** By the base profile, ms: nobody knows before. */
  timeMs: number;
}

export function costOf({ prime, rounds, tier }: ProbePlan, base: TermValues): ProbeCost {
  // Those of the second tier are asked once more, to be there.
  const groups = [...prime, ...rounds.flat(), ...tier, ...tier];
  const probes = groups.flatMap((group) => group.probes.map((probe) => shareOf(group, probe)));
  return {
    requests: probes.length,
    computedTokens: sumOf(probes, (it) => it.computed),
    cachedTokens: sumOf(probes, (it) => it.cached),
    outputTokens: sumOf(probes, (it) => it.output),
    timeMs: sumOf(groups, (group) => groupMs(group, base)),
  };
}

function shareOf({ arm }: Pick<ProbeGroup, 'arm'>, { prefix, own, outputTokens }: Probe) {
  const before = prefix?.tokens ?? 0;
  const cached = arm === 'prime' ? 0 : before;
  return { cached, computed: before + own.tokens - cached, output: outputTokens };
}

/** Prefills one after another, then all decode together. */
function groupMs(group: ProbeGroup, base: TermValues): number {
  const shares = group.probes.map((it) => shareOf(group, it));
  const prefillMs = sumOf(shares, ({ cached, computed }) =>
    timeOf(
      {
        prefillMsPerToken: computed,
        prefillMsPerTokenSquared: computed * (2 * cached + computed),
      },
      base,
    ),
  );
  const output = Math.max(...shares.map((it) => it.output));
  const context = sumOf(shares, (it) => it.cached + it.computed);
  const stepMs = timeOf(
    { stepMs: 1, decodeMsPerRequest: shares.length, decodeMsPerContextToken: context },
    base,
  );
  return base.apiMs + base.postMs + prefillMs + output * stepMs;
}
