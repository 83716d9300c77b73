import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import type { Seen } from '../observe/timeline.ts';
import { type Predicted, replay } from './replay.ts';

export const HOLD_OUT_METRICS = ['ttft', 'itl', 'latency'] as const;
export type HoldOutMetric = (typeof HOLD_OUT_METRICS)[number];

/** A prediction of one request that was not fitted, and what it really took. Milliseconds. */
export interface Residual {
  metric: HoldOutMetric;
  regime: string;
  measuredMs: number;
  predictedMs: number;
}

/** How far predictions were off in one regime. */
export interface RegimeError {
  metric: HoldOutMetric;
  /** `all`, or which requests. */
  regime: string;
  requests: number;
  /** Mean of |predicted − measured| ÷ measured. */
  mape: number;
  /** Mean of (predicted − measured) ÷ measured; above 0: predicted too slow. */
  bias: number;
}

/** What the profile makes of the requests that were kept back. */
export function holdOut(
  timeline: readonly Seen[],
  profile: EngineProfile,
  isHeldOut: (seen: Seen) => boolean,
): Residual[] {
  const predicted = replay(timeline, profile);
  const beside = company(timeline);
  return timeline.flatMap((seen) => {
    const it = predicted.get(seen);
    const isCounted = seen.sample.phase === 'measure' && isHeldOut(seen);
    return it && isCounted ? residualsOf(seen, it, beside.get(seen)!) : [];
  });
}

function residualsOf(seen: Seen, predicted: Predicted, isAlone: boolean): Residual[] {
  const { sentMs, firstMs, lastMs, sample, outputTokens } = seen;
  const batch = isAlone ? 'alone' : 'in a batch';
  const cache = 2 * seen.cachedTokens! > seen.promptTokens ? 'mostly cached' : 'mostly new';
  const found: Residual[] = [
    {
      metric: 'ttft',
      regime: `${cache}, ${batch}`,
      measuredMs: firstMs - sentMs,
      predictedMs: predicted.ttftMs,
    },
    {
      metric: 'latency',
      regime: batch,
      measuredMs: sample.endMs - sentMs,
      predictedMs: predicted.latencyMs,
    },
  ];
  if (outputTokens > 1 && predicted.itlMs !== null) {
    const measuredMs = (lastMs - firstMs) / (outputTokens - 1);
    found.push({ metric: 'itl', regime: batch, measuredMs, predictedMs: predicted.itlMs });
  }
  return found.filter(({ measuredMs }) => measuredMs > 0);
}

/** Whether nobody else was on the engine between sending and the last token. */
function company(timeline: readonly Seen[]): ReadonlyMap<Seen, boolean> {
  let busyUntilMs = -Infinity;
  return new Map(
    timeline.map((seen, at) => {
      const isAlone =
        busyUntilMs <= seen.sentMs && seen.lastMs <= (timeline[at + 1]?.sentMs ?? Infinity);
      busyUntilMs = Math.max(busyUntilMs, seen.lastMs);
      return [seen, isAlone];
    }),
  );
}

/** Every metric over all, then by regime. */
export function errorsOf(residuals: readonly Residual[]): RegimeError[] {
  return HOLD_OUT_METRICS.flatMap((metric) => {
    const of = residuals.filter((it) => it.metric === metric);
    const regimes = [...new Set(of.map(({ regime }) => regime))].toSorted();
    const all = of.length === 0 ? [] : [errorOf(metric, 'all', of)];
    const each = regimes.map((name) =>
      errorOf(
        metric,
        name,
        of.filter(({ regime }) => regime === name),
      ),
    );
    return [...all, ...each];
  });
}

function errorOf(metric: HoldOutMetric, regime: string, of: readonly Residual[]): RegimeError {
  const shares = of.map(({ measuredMs, predictedMs }) => predictedMs / measuredMs - 1);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, it) => sum + it, 0) / values.length;
  return {
    metric,
    regime,
    requests: of.length,
    mape: mean(shares.map(Math.abs)),
    bias: mean(shares),
  };
}
