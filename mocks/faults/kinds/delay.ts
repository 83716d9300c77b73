import { createRandom, mixSeed } from '../../../src/base/random.ts';
import { fault } from '../fault.ts';
import { DURATION, number, optional } from '../members.ts';

/** Waits before the request is looked at; jittered when `cv` is given. */
export const delay = fault<{ ms: number; cv?: number }>({
  parameters: { ms: DURATION, cv: optional(number(0)) },
  request: ({ ms, cv = 0 }, { reply, key }, { clock, seed, proceed, left }) => {
    const waitMs = ms * jitter(cv, mixSeed(seed, 'delay', key));
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

/** Mean-preserving lognormal factor, clamped to [0.3, 3]. */
function jitter(cv: number, seed: number): number {
  if (cv === 0) return 1;
  const variance = Math.log(1 + cv * cv);
  const factor = Math.exp(Math.sqrt(variance) * createRandom(seed).normal() - variance / 2);
  return Math.min(3, Math.max(0.3, factor));
}
