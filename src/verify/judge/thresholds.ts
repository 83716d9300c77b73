import type { Interval } from '../../stats/interval.ts';
import {
  type MetricCatalogue,
  type Threshold,
  judgeThreshold,
  parseThreshold,
} from '../../stats/threshold.ts';
import type { ArmId, ArmSummary, Comparison, ComparisonId } from '../result/result-arms.ts';
import type { MoneyLine } from '../result/result-attribution.ts';
import type { HitRate } from '../result/result-evidence.ts';
import type { ThresholdResult } from '../result/result.ts';

/** What thresholds may be set on: everything measured in arm C, the comparisons, the hit rate. */
export const VERIFY_METRICS: MetricCatalogue = {
  'ttft.mean': 'duration',
  'ttft.p50': 'duration',
  'ttft.p95': 'duration',
  'ttft.p99': 'duration',
  'latency.mean': 'duration',
  'latency.p50': 'duration',
  'latency.p95': 'duration',
  'latency.p99': 'duration',
  'ttft.p95.ratio': 'number',
  'cache_gain.ratio': 'number',
  'gateway_tax.ratio': 'number',
  'gateway_tax.ms': 'duration',
  routing_efficiency: 'share',
  hit_rate: 'share',
  prefix_hit_rate: 'share',
  hot_spot_share: 'share',
  error_rate: 'share',
};

/** @throws KvcacheError THRESHOLD_INVALID (kind usage) */
export function parseThresholds(texts: readonly string[]): Threshold[] {
  return texts.map((text) => parseThreshold(text, VERIFY_METRICS));
}

export interface ThresholdInput {
  arms: readonly ArmSummary[];
  comparisons: readonly Comparison[];
  hitRate: HitRate | null;
  money: MoneyLine | null;
}

interface Figure {
  value: number | null;
  interval?: Interval | null;
}

/** Judges each; a figure that was not measured makes its threshold inconclusive, not passed. */
export function judgeThresholds(
  thresholds: readonly Threshold[],
  input: ThresholdInput,
): ThresholdResult[] {
  return thresholds.map((threshold) => {
    const { value, interval = null } = figureOf(threshold.metric, input);
    return {
      text: threshold.text,
      // Without an interval nothing is certain: a point estimate is no promise kept.
      outcome: judgeThreshold(
        threshold,
        interval ? (value ?? undefined) : undefined,
        interval ?? undefined,
      ),
      actual: value,
      interval,
    };
  });
}

const COMPARISON_OF: Readonly<Record<string, ComparisonId>> = {
  'ttft.p95.ratio': 'routing-gain',
  'cache_gain.ratio': 'cache-gain',
  'gateway_tax.ratio': 'gateway-tax',
  routing_efficiency: 'routing-efficiency',
};

function figureOf(metric: string, input: ThresholdInput): Figure {
  const comparisonId = COMPARISON_OF[metric];
  if (comparisonId) {
    return input.comparisons.find((it) => it.id === comparisonId) ?? { value: null };
  }
  switch (metric) {
    case 'gateway_tax.ms':
      return input.money?.gatewayTaxMs ?? { value: null };
    case 'hit_rate':
      return input.hitRate ?? { value: null };
    case 'hot_spot_share':
      return hotSpotFigure(input.hitRate);
    default:
      return armFigure(metric, armOf(input.arms, 'C'));
  }
}

function hotSpotFigure(hitRate: HitRate | null): Figure {
  const hotSpot = hitRate?.hotSpot;
  return hotSpot ? { value: hotSpot.share, interval: hotSpot.interval } : { value: null };
}

function armFigure(metric: string, arm: ArmSummary | undefined): Figure {
  if (!arm) return { value: null };
  if (metric === 'prefix_hit_rate') {
    return { value: arm.prefixHitRate, interval: arm.prefixHitInterval };
  }
  if (metric === 'error_rate') {
    const value = arm.requests === 0 ? null : arm.errors / arm.requests;
    return { value, interval: arm.errorInterval };
  }
  const [name, statistic] = metric.split('.') as [
    'ttft' | 'latency',
    'mean' | 'p50' | 'p95' | 'p99',
  ];
  const distribution = arm[name];
  if (!distribution) return { value: null };
  return statistic === 'mean'
    ? { value: distribution.mean, interval: distribution.meanInterval }
    : distribution[statistic];
}

function armOf(arms: readonly ArmSummary[], id: ArmId): ArmSummary | undefined {
  return arms.find((it) => it.id === id);
}
