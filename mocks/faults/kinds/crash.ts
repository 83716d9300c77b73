import { fault } from '../fault.ts';
import { flag, number, optional, required } from '../../../src/schema/describe.ts';

/** The engine dies: connections break, the cache is lost unless kept; it comes back after a while. */
export const crash = fault({
  parameters: {
    downMs: required(number('Until it is back.', 0, { min: 0 })),
    keepCache: optional(flag('Whether it still has its cache then.', false)),
  },
  finalStatus: () => null,
  process: ({ downMs, keepCache = false }, { reply, clock, die, comeBack }) => {
    die(keepCache);
    reply.hangUp('rst');
    clock.at(clock.nowMs() + downMs, comeBack);
  },
});
