import { describe, expect, it } from 'vitest';
import { withLost } from '../../../src/verify/evidence/lost.ts';
import { blockOf, measuredMany, phaseOf } from '../measured.ts';

const STEP = phaseOf([[4, 0]]);
const block = (arm: 'C' | 'D', round: number) =>
  blockOf(arm, { round, primes: STEP, measured: STEP });

describe('requests of which no sample is left', () => {
  it('are failures of their arm and block that never reached anybody', () => {
    const samples = measuredMany(7, {}, 2);
    const all = withLost(samples, [block('C', 0), block('C', 1)]);
    expect(all.slice(0, 7)).toEqual(samples);
    expect(all.slice(7)).toMatchObject([
      {
        arm: 'C',
        block: 1,
        failure: 'reset',
        cachedTokens: undefined,
        headerServedBy: undefined,
        experiment: {
          requestId: 'C/1/lost-0',
          holderId: null,
          directId: null,
          reusableTokens: 1_024,
        },
      },
    ]);
  });

  it('are looked for where a block was counted only: one that was cut off is not over', () => {
    const samples = measuredMany(6, {}, 2);
    expect(withLost(samples, [])).toEqual(samples);
  });

  it('are nobody’s where an arm left nothing at all', () => {
    expect(withLost([], [block('D', 0)])).toEqual([]);
  });

  it('were not lost when they were cut off by the end of the run', () => {
    const stopped = measuredMany(4, { failure: 'stopped' });
    expect(withLost(stopped, [block('C', 0)])).toEqual(stopped);
  });
});
