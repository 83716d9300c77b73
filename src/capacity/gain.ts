import type { Between, CapacityCurve, CapacityGain } from './result.ts';

/**
 * What routing adds: by what each carries for certain, between what it cannot and may carry. Null where a search did
 * not come to its end: what it had until then is no limit.
 */
export function gainOf(
  [off, on]: readonly CapacityCurve[],
  { engines, pricePerHour }: { engines: number | null; pricePerHour: number | null },
): CapacityGain | null {
  if (off?.end !== 'closed' || on?.end !== 'closed') return null;
  if (off.held === null || on.held === null) return null;
  const times: Between = {
    value: on.held / off.held,
    low: off.failed === null ? 0 : on.held / off.failed,
    high: on.failed === null ? null : on.failed / off.held,
  };
  const enginesSaved = engines === null ? null : mapped(times, (it) => engines * (it - 1));
  return {
    times,
    enginesSaved,
    moneySavedPerHour:
      enginesSaved === null || pricePerHour === null
        ? null
        : mapped(enginesSaved, (it) => it * pricePerHour),
  };
}

function mapped({ value, low, high }: Between, of: (value: number) => number): Between {
  return { value: of(value), low: of(low), high: high === null ? null : of(high) };
}
