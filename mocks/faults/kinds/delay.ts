import { createRandom, mixSeed } from '../../../src/base/random.ts';
import { jitterFactor } from '../../engine/core/timing.ts';
import { fault } from '../fault.ts';
import { DURATION, number, optional } from '../members.ts';

/** Waits before the request is looked at; jittered when `cv` is given. */
export const delay = fault<{ ms: number; cv?: number }>({
  parameters: { ms: DURATION, cv: optional(number(0)) },
  request: ({ ms, cv = 0 }, { reply, key }, { clock, seed, proceed, left }) => {
    const waitMs = ms * jitterFactor(createRandom(mixSeed(seed, 'delay', key)), cv);
    const cancel = clock.at(clock.nowMs() + waitMs, () => {
      reply.onGone(undefined);
      proceed();
    });
    reply.onGone(() => {
      cancel();
      left();
    });
  },
});
