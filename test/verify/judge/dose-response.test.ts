import { describe, expect, it } from 'vitest';
import { type Dose, doseResponse } from '../../../src/verify/judge/dose-response.ts';

/** Three requests at each of five levels. */
function doses(msPer1000: number): Dose[] {
  return [0, 256, 512, 768, 1_024].flatMap((cachedTokens) =>
    [0, 1, 2].map((noise) => ({
      cachedTokens,
      ttftMs: 100 - (msPer1000 * cachedTokens) / 1_000 + noise,
    })),
  );
}

describe('dose response', () => {
  it('finds the slope it was given', () => {
    const { msSavedPer1000Tokens, verdict, points } = doseResponse(doses(60));
    expect(msSavedPer1000Tokens!.value).toBeCloseTo(60, 5);
    expect(verdict).toBe('causal');
    expect(points).toHaveLength(5);
  });

  it('exposes hits that buy nothing', () => {
    expect(doseResponse(doses(0)).verdict).toBe('inconclusive');
    expect(doseResponse(doses(-60)).verdict).toBe('none');
  });

  it('decides nothing from two doses', () => {
    const two = doses(60).filter((it) => it.cachedTokens <= 256);
    expect(doseResponse(two)).toMatchObject({
      verdict: 'inconclusive',
      msSavedPer1000Tokens: null,
    });
  });
});
