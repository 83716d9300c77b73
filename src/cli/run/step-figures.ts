import { countBy, sumOf } from '../../base/lists.ts';
import { type SentRequest } from '../../run/evidence.ts';

/** One step in figures. Null: no answer said so. */
export interface StepFigures {
  name: string;
  requests: number;
  failed: number;
  servedBy: Record<string, number>;
  reasons: Record<string, number>;
  promptTokens: number | null;
  cachedTokens: number | null;
  predictedTokens: number | null;
  ttftMsMedian: number | null;
}

export function stepFigures(name: string, requests: readonly SentRequest[]): StepFigures {
  const good = requests.filter(({ failure }) => failure === undefined);
  const sum = (value: (request: SentRequest) => number | undefined): number | null => {
    const known = good.map(value).filter((it) => it !== undefined);
    return known.length === 0 ? null : sumOf(known);
  };
  const ttfts = good.flatMap(({ ttftMs }) => ttftMs ?? []).toSorted((a, b) => a - b);
  return {
    name,
    requests: requests.length,
    failed: requests.length - good.length,
    servedBy: countBy(good, ({ servedBy }) => servedBy ?? 'unknown'),
    reasons: countBy(good, ({ reason }) => reason ?? 'unknown'),
    promptTokens: sum(({ promptTokens }) => promptTokens),
    cachedTokens: sum(({ cachedTokens }) => cachedTokens),
    predictedTokens: sum(({ predictedTokens }) => predictedTokens),
    ttftMsMedian: ttfts[Math.ceil(ttfts.length / 2) - 1] ?? null,
  };
}
