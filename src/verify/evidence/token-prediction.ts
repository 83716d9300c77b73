import { LMCACHE_CHUNK_TOKENS } from '../../target/alignment.ts';
import { type Observation, ofArm, sumOf } from './observation.ts';
import type { TokenPrediction } from '../result/result-evidence.ts';

/** The gateway's predicted cached tokens against the engine's report, over arm C; null when one is silent. */
export function tokenPrediction(observations: readonly Observation[]): TokenPrediction | null {
  const both = ofArm(observations, 'C').flatMap(({ predictedTokens, cachedTokens }) =>
    predictedTokens === null || cachedTokens === null
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
    meanErrorTokens: sumOf(errors, (it) => it) / both.length,
  };
}
