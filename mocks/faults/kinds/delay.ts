import { createRandom, mixSeed } from '../../../src/base/random.ts';
import { jitterFactor } from '../../engine/core/timing.ts';
import { fault } from '../fault.ts';
import { number, optional, required } from '../../../src/schema/describe.ts';

/** Waits before the request is looked at; jittered when `cv` is given. */
export const delay = fault({
  parameters: {
    ms: required(number('How long, on average.', 0, { min: 0 })),
    cv: optional(number('Coefficient of variation.', 0, { min: 0 })),
  },
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
