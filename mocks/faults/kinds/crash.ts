import { fault } from '../fault.ts';
import { DURATION, FLAG } from '../members.ts';

/** The engine dies: connections break, the cache is lost unless kept; it comes back after a while. */
export const crash = fault<{ downMs: number; keepCache?: boolean }>({
  parameters: { downMs: DURATION, keepCache: FLAG },
  finalStatus: () => null,
  process: ({ downMs, keepCache = false }, { reply, clock, die, comeBack }) => {
    die(keepCache);
    reply.hangUp('rst');
    clock.at(clock.nowMs() + downMs, comeBack);
  },
});
