import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, chooseEndpoint } from '../../../src/gateway/policies/choose.ts';

const OPTIONS = { minimumMatchTokens: 1, loadWeightTokens: 64, maxAffinityLoss: 1 };

const candidate = (endpointId: string, matchedTokens: number, more: Partial<Candidate> = {}) => ({
  endpointId,
  matchedTokens,
  isAvailable: true,
  inFlight: 0,
  ...more,
});

describe('the choice by match and load', () => {
  it('takes the longest match', () => {
    const choice = chooseEndpoint([candidate('a', 256), candidate('b', 512)], OPTIONS);
    expect(choice).toEqual({ reason: 'hit', endpointId: 'b', matchedTokens: 512 });
  });

  it('breaks a tie by load, then by id', () => {
    const busy = candidate('a', 512, { inFlight: 1 });
    expect(chooseEndpoint([busy, candidate('b', 512)], OPTIONS)).toMatchObject({
      reason: 'tie',
      endpointId: 'b',
    });
    expect(chooseEndpoint([candidate('b', 512), candidate('a', 512)], OPTIONS).endpointId).toBe(
      'a',
    );
  });

  it('leaves a busy holder when the load outweighs the match', () => {
    const others = [candidate('a', 0), candidate('c', 128)];
    const at = (inFlight: number) =>
      chooseEndpoint([candidate('b', 512, { inFlight }), ...others], OPTIONS);
    expect(at(5)).toMatchObject({ endpointId: 'b', reason: 'hit' });
    expect(at(7)).toMatchObject({ endpointId: 'c', reason: 'overloaded', matchedTokens: 128 });
  });

  it('never gives up more of the match than allowed', () => {
    const bounded = { ...OPTIONS, maxAffinityLoss: 0.5 };
    const busy = candidate('b', 512, { inFlight: 100 });
    expect(chooseEndpoint([busy, candidate('a', 255)], bounded).endpointId).toBe('b');
    expect(chooseEndpoint([busy, candidate('a', 256)], bounded).endpointId).toBe('a');
  });

  it('names why it does not steer', () => {
    const reasonOf = (...candidates: Candidate[]) =>
      chooseEndpoint(candidates, { ...OPTIONS, minimumMatchTokens: 16 }).reason;
    expect(reasonOf(candidate('a', 0), candidate('b', 0))).toBe('no-holder');
    expect(reasonOf(candidate('a', 15))).toBe('below-minimum');
    expect(reasonOf(candidate('a', 512, { isAvailable: false }), candidate('b', 0))).toBe(
      'unhealthy',
    );
  });

  it('takes the next best when the best holder is down', () => {
    const down = candidate('a', 512, { isAvailable: false });
    expect(chooseEndpoint([down, candidate('b', 256)], OPTIONS).endpointId).toBe('b');
  });

  it('depends on nothing but its input, never on order, and never picks what is down', () => {
    const any = fc.uniqueArray(
      fc.record({
        endpointId: fc.string(),
        matchedTokens: fc.nat(2_000),
        isAvailable: fc.boolean(),
        inFlight: fc.nat(40),
      }),
      { selector: (it) => it.endpointId },
    );
    fc.assert(
      fc.property(any, fc.double({ min: 0, max: 1, noNaN: true }), (candidates, loss) => {
        const options = { ...OPTIONS, maxAffinityLoss: loss };
        const choice = chooseEndpoint(candidates, options);
        expect(chooseEndpoint(candidates.toReversed(), options)).toEqual(choice);
        const chosen = candidates.find((it) => it.endpointId === choice.endpointId);
        if (!chosen) return;
        expect(chosen.isAvailable).toBe(true);
        const best = Math.max(
          ...candidates.filter((it) => it.isAvailable).map((it) => it.matchedTokens),
        );
        expect(chosen.matchedTokens).toBeGreaterThanOrEqual(best * (1 - loss));
      }),
    );
  });
});
