import { sumOf } from '../../base/lists.ts';
import { LMCACHE_CHUNK_TOKENS } from '../../target/alignment.ts';
import { answeredOf, type MeasuredSample } from './measured.ts';
import type { TokenPrediction } from '../result/result-evidence.ts';

/** The gateway's predicted cached tokens against the engine's report, over arm C; null when one is silent. */
export function tokenPrediction(samples: readonly MeasuredSample[]): TokenPrediction | null {
  const both = answeredOf(samples, 'C').flatMap(({ predictedTokens, cachedTokens }) =>
    predictedTokens === undefined || cachedTokens === undefined
      ? []
      : [{ predicted: predictedTokens, actual: cachedTokens }],
  );
  if (both.length === 0) return null;
  const errors = both.map((it) => Math.abs(it.predicted - it.actual));
  return {
    compared: both.length,
    predictedTotal: sumOf(both, (it) => it.predicted),
    actualTotal: sumOf(both, (it) => it.actual),
    withinChunk: errors.filter((it) => it <= LMCACHE_CHUNK_TOKENS).length,
    meanErrorTokens: sumOf(errors) / both.length,
  };
}
