import { describe, expect, it } from 'vitest';
import { resolveCapacityPlan } from '../../../src/verify/capacity/capacity-plan.ts';
import { resolvePlan } from '../../../src/verify/experiment/plan.ts';

const SLO = ['ttft.p95 < 500ms'];
type Flags = Parameters<typeof resolvePlan>[0];

function planOf(flags: Flags) {
  const { plan } = resolvePlan({ capacity: true, ...flags }, {}, { seed: 1, nonce: 'n' });
  return resolveCapacityPlan(flags, {}, plan);
}

describe('the plan of a comparison under load', () => {
  it('has objectives, a price and prompts of which most can be reused', () => {
    const { objectives, pricePerHour, workload } = planOf({ slo: SLO, enginePrice: '2.50/h' });
    expect(objectives.map(({ text }) => text)).toEqual(SLO);
    expect(pricePerHour).toBe(2.5);
    expect(workload).toMatchObject({ kind: 'shared-prefix', sharedTokens: 1_024, reuse: 8 });
    expect(planOf({ slo: SLO }).pricePerHour).toBeNull();
  });

  it.each(['free', '0', '-1/h', '2.50/day', '', '1e3'])('takes no price "%s"', (enginePrice) => {
    expect(() => planOf({ slo: SLO, enginePrice })).toThrow('--engine-price');
  });

  it('wants something to hold', () => {
    expect(() => planOf({})).toThrow('has nothing to hold');
  });

  it('is refused where nothing would look at it', () => {
    for (const flags of [{ slo: SLO }, { enginePrice: '2' }]) {
      expect(() => resolvePlan(flags, {}, { seed: 1, nonce: 'n' })).toThrow('need --capacity');
    }
  });
});
