import { describe, expect, it } from 'vitest';
import { type Ledger, newLedger } from '../../../src/verify/experiment/ledger.ts';
import { resolvePlan } from '../../../src/verify/experiment/plan.ts';
import { announceCost, fitted, measurableArms } from '../../../src/verify/experiment/sizing.ts';

const PROMPT_TOKENS = 1_040;

function sized(flags: Record<string, string>, tokens: number | null = null) {
  const { plan } = resolvePlan(flags, {}, { seed: 1, nonce: 'n' });
  const ledger = { ...newLedger(), capacity: { blockTokens: 16, tokens } };
  return { plan, fit: fitted(plan, ledger, PROMPT_TOKENS) };
}

describe('the size of an experiment', () => {
  it('is what was planned where nothing bounds it', () => {
    const { plan, fit } = sized({});
    expect(fit).toEqual(plan);
  });

  it('keeps its requests in smaller blocks where the engines’ memory is small', () => {
    const { plan, fit } = sized({}, 10 * PROMPT_TOKENS);
    expect(fit.requestsPerBlock).toBe(6);
    expect(fit.rounds * fit.requestsPerBlock).toBeGreaterThanOrEqual(
      plan.rounds * plan.requestsPerBlock,
    );
  });

  it('keeps the blocks that the user asked for', () => {
    expect(sized({ requestsPerBlock: '24' }, 10 * PROMPT_TOKENS).fit.requestsPerBlock).toBe(24);
  });

  it('is cut in rounds to its budget, and refused below one', () => {
    const perRound = 5 * 24 * 2;
    expect(sized({ budget: `requests=${3 * perRound}` }).fit.rounds).toBe(3);
    expect(() => sized({ budget: 'requests=10' })).toThrow(
      expect.objectContaining({ code: 'BUDGET_TOO_SMALL', kind: 'usage' }),
    );
  });
});

describe('what is said to cost', () => {
  it.each([
    [200, 60, 1_920],
    [undefined, 60, 576],
    [undefined, null, 0],
  ])(
    'with requests of %s ms, or else a first token of %s ms, is %i s',
    (requestMs, coldTtftMs, seconds) => {
      const { plan } = sized({
        arms: 'BC',
        concurrency: '1',
        rounds: '10',
        requestsPerBlock: '240',
      });
      const sizes = { promptTokens: 1, sharedTokens: 1, reusableTokens: 1, floorTokens: 1 };
      const ledger = { ...newLedger(), sizes, routing: { coldTtftMs } } as Ledger;
      announceCost({ plan }, ledger, requestMs);
      expect(ledger.planned.requests).toBe(9_600);
      expect(ledger.planned.durationMs).toBe(1_000 * seconds);
    },
  );
});

describe('the arms that can be measured', () => {
  const { plan } = resolvePlan({}, {}, { seed: 1, nonce: 'n' });

  it.each([
    [2, null, 'ABCDN'],
    [0, null, 'ACN'],
    [0, 'http://b:1', 'ABCN'],
  ])('with %i engines and the baseline gateway %s are %s', (engines, baselineGatewayUrl, arms) => {
    expect(measurableArms({ plan, baselineGatewayUrl }, engines).join('')).toBe(arms);
  });
});
