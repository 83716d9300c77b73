import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { timeLimit } from '../../../src/verify/experiment/time-limit.ts';

describe('the time of a run', () => {
  it('is spent at its deadline, and not before', () => {
    const clock = new VirtualClock();
    const { signal, deadlineMs } = timeLimit(1_000, { clock });
    expect(deadlineMs).toBe(1_000);
    clock.advanceBy(999);
    expect(signal!.aborted).toBe(false);
    clock.advanceBy(1);
    expect(signal!.reason).toMatchObject({ code: 'TIME_SPENT', kind: 'interrupted' });
  });

  it('ends no run that has ended', () => {
    const clock = new VirtualClock();
    const { signal, lift } = timeLimit(1_000, { clock });
    lift();
    clock.advanceBy(2_000);
    expect(signal!.aborted).toBe(false);
  });

  it('leaves a stop by the user what it is', () => {
    const user = new AbortController();
    const { signal } = timeLimit(1_000, { clock: new VirtualClock(), signal: user.signal });
    user.abort('by the user');
    expect(signal!.reason).toBe('by the user');
  });

  it('without a limit is as long as it takes', () => {
    const user = new AbortController();
    const limit = timeLimit(Infinity, { clock: new VirtualClock(), signal: user.signal });
    expect(limit).toMatchObject({ deadlineMs: Infinity, signal: user.signal });
  });
});
