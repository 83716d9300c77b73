import { expect, it } from 'vitest';
import { tokenPrediction } from '../../../src/verify/evidence/token-prediction.ts';
import { measuredMany, TIMED_OUT } from '../measured.ts';

it('compares predictions only where both sides speak', () => {
  expect(tokenPrediction(measuredMany(3))).toBeNull();
  const mixed = [
    ...measuredMany(2, { predictedTokens: 1_000 }),
    ...measuredMany(1, { predictedTokens: 1_024, cachedTokens: 0 }),
    ...measuredMany(1, { predictedTokens: 1_024, cachedTokens: undefined }),
    ...measuredMany(1, { ...TIMED_OUT, predictedTokens: 1_024 }),
  ];
  expect(tokenPrediction(mixed)).toEqual({
    compared: 3,
    predictedTotal: 3_024,
    actualTotal: 2_048,
    withinChunk: 2,
    meanErrorTokens: (24 + 24 + 1_024) / 3,
  });
});
