import { describe, expect, it } from 'vitest';
import { resolvePlan } from '../../../src/verify/experiment/plan.ts';

describe('the plan', () => {
  const fresh = { seed: 7, nonce: 'n' };

  it('has five arms in random blocks by default', () => {
    const { plan } = resolvePlan({}, {}, fresh);
    expect(plan).toMatchObject({ design: 'random-blocks', seed: 7, nonce: 'n', margin: 0.05 });
    expect(plan.arms).toEqual(['A', 'B', 'C', 'D', 'N']);
    expect(plan.rounds * plan.requestsPerBlock).toBeGreaterThanOrEqual(400);
  });

  it('makes an arm as large as the larger of the script’s rounds', () => {
    const env = { BASELINE_ROUNDS: '100', CACHED_ROUNDS: '240' };
    const { plan } = resolvePlan({ quick: true }, env, fresh);
    expect(plan.rounds * plan.requestsPerBlock).toBe(240);
  });

  it('reads budgets', () => {
    const { plan } = resolvePlan({ budget: 'time=10m,requests=5k,tokens=2M' }, {}, fresh);
    expect(plan.budget).toEqual({ durationMs: 600_000, requests: 5_000, tokens: 2_000_000 });
    expect(resolvePlan({ budget: '90s' }, {}, fresh).plan.budget.durationMs).toBe(90_000);
  });

  it('takes one depth only', () => {
    expect(() => resolvePlan({ quick: true, thorough: true }, {}, fresh)).toThrow(
      expect.objectContaining({ code: 'DEPTH_CONFLICT' }),
    );
  });
});
