import { describe, expect, it } from 'vitest';
import { costBeforehand } from '../../../src/verify/experiment/estimate.ts';
import { resolvePlan } from '../../../src/verify/experiment/plan.ts';

function cost(flags: Record<string, string | boolean>, engines = 2) {
  const { plan } = resolvePlan(flags, {}, { seed: 1, nonce: 'n' });
  const targets = { engines: Array.from({ length: engines }) };
  return costBeforehand(plan, { baselineGatewayUrl: null, targets });
}

describe('what a run will cost', () => {
  it('is two requests for each one that is measured, and the controls', () => {
    expect(cost({ quick: true })).toMatchObject({
      rounds: 8,
      requestsPerBlock: 12,
      experimentRequests: 2 * 8 * 12 * 5,
      // Eight pairs of four, five doses of eight.
      controlRequests: 32 + 40,
      requests: 1_032,
      promptTokensMin: 1_032 * 1_024,
    });
  });

  it('is less without engines: nothing is asked straight', () => {
    const { arms, controlRequests, experimentRequests } = cost({ quick: true }, 0);
    expect(arms).toEqual(['A', 'C', 'N']);
    expect(controlRequests).toBe(0);
    expect(experimentRequests).toBe(2 * 8 * 12 * 3);
  });

  it('is cut to the budget, and one that pays for nothing is refused', () => {
    expect(cost({ quick: true, budget: 'requests=480' })).toMatchObject({ rounds: 4 });
    expect(() => cost({ quick: true, budget: 'requests=10' })).toThrow(
      /does not pay for one round/,
    );
  });
});
