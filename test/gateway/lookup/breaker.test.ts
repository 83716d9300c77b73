import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { Breaker, type Permit } from '../../../src/gateway/lookup/breaker.ts';

const CONFIG = { failureThreshold: 3, recoveryTimeoutMs: 10_000, halfOpenMaxCalls: 2 };

function setUp() {
  const clock = new VirtualClock();
  const breaker = new Breaker(CONFIG, () => clock.nowMs());
  const fail = (times: number): void => {
    for (let call = 0; call < times; call++) breaker.acquire()?.('failure');
  };
  /** How many calls pass right now when none of them comes back. */
  const admitted = (): Permit[] => {
    const permits: Permit[] = [];
    for (
      let permit = breaker.acquire();
      permit && permits.length < 10;
      permit = breaker.acquire()
    ) {
      permits.push(permit);
    }
    return permits;
  };
  return { clock, breaker, fail, admitted };
}

describe('a breaker', () => {
  it('opens after failures in a row, not in total', () => {
    const { breaker, fail } = setUp();
    fail(2);
    breaker.acquire()!('success');
    fail(2);
    expect(breaker.state).toBe('closed');
    fail(1);
    expect(breaker.state).toBe('open');
    expect(breaker.acquire()).toBeUndefined();
  });

  it('lets exactly the configured number of probes through', () => {
    const { clock, breaker, fail, admitted } = setUp();
    fail(3);
    clock.advanceBy(10_000);
    expect(admitted()).toHaveLength(2);
    expect(breaker.state).toBe('half-open');
  });

  it('gives a probe back whatever became of it', () => {
    const { clock, breaker, fail, admitted } = setUp();
    fail(3);
    clock.advanceBy(10_000);
    admitted()[0]!('neutral');
    expect(admitted()).toHaveLength(1);
    expect(breaker.state).toBe('half-open');
  });

  it('is not closed by a success of a call from before it opened', () => {
    const { breaker, fail } = setUp();
    const late = breaker.acquire()!;
    fail(3);
    late('success');
    expect(breaker.state).toBe('open');
  });

  it('opens again on a failed probe and closes on a good one', () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    clock.advanceBy(10_000);
    breaker.acquire()!('failure');
    expect(breaker.state).toBe('open');
    clock.advanceBy(9_999);
    expect(breaker.acquire()).toBeUndefined();
    clock.advanceBy(1);
    breaker.acquire()!('success');
    expect(breaker.state).toBe('closed');
  });

  it('ignores neutral outcomes', () => {
    const { breaker } = setUp();
    for (let call = 0; call < 10; call++) breaker.acquire()!('neutral');
    expect(breaker.state).toBe('closed');
  });
});
