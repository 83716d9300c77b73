import { fault } from '../fault.ts';
import { flag, number, optional, required } from '../../../src/schema/describe.ts';

/** The engine dies: connections break, cache and counters are lost unless kept; it comes back after a while. */
export const crash = fault({
  parameters: {
    downMs: required(number('Until it is back.', 0, { min: 0 })),
    keepCache: optional(flag('Whether it still has its cache then.', false)),
    keepCounters: optional(flag('Whether it goes on counting from where it was.', false)),
    prefixCaching: optional(flag('Whether it keeps prefixes from then on.', true)),
  },
  finalStatus: () => null,
  process: (parameters, { reply, clock, die, comeBack }) => {
    const { downMs, keepCache = false, keepCounters = false, prefixCaching = true } = parameters;
    die({ keepCache, keepCounters });
    reply.hangUp('rst');
    clock.at(clock.nowMs() + downMs, () => comeBack(prefixCaching));
  },
});
