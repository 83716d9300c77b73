import { expect, it } from 'vitest';
import { auditItems, auditOf } from '../../src/verify/judge/generator-audit.ts';

const reading = {
  durationMs: 10_000,
  clientCores: 0.3,
  foreignCores: undefined,
  cores: 2,
  eventLoopDelayMsMean: 0.4,
  eventLoopDelayMsP99: 6,
};
const tolerance = { meanMs: 6, p99Ms: 25 };

const exceeded = (changes: Partial<typeof reading>, tolerated = tolerance): string[] =>
  auditItems({ ...reading, ...changes }, tolerated)
    .filter((it) => it.outcome === 'exceeded')
    .map((it) => it.id);

it.each([
  [{}, []],
  [{ clientCores: 0.61 }, ['client-cpu']],
  [{ eventLoopDelayMsMean: 2.9 }, []],
  // Twice per request: 3.1 ms are 6.2 ms of its TTFT.
  [{ eventLoopDelayMsMean: 3.1 }, ['event-loop-delay-mean']],
  [{ eventLoopDelayMsP99: 24 }, []],
  [{ eventLoopDelayMsP99: 26 }, ['event-loop-delay-p99']],
])('%j exceeds %j', (changes, ids) => expect(exceeded(changes)).toEqual(ids));

it('does not call timers and garbage collection overload, however fast the engines are', () => {
  const fast = { meanMs: 0.1, p99Ms: 0.5 };
  expect(exceeded({ eventLoopDelayMsMean: 1.9, eventLoopDelayMsP99: 9 }, fast)).toEqual([]);
  expect(exceeded({ eventLoopDelayMsMean: 2.1, eventLoopDelayMsP99: 11 }, fast)).toHaveLength(2);
});

it('is trusted where the system does not tell of others, not where a limit is exceeded', () => {
  expect(auditOf(auditItems(reading, tolerance))?.isTrustworthy).toBe(true);
  const busy = auditItems({ ...reading, clientCores: 0.9 }, tolerance);
  expect(auditOf(busy)?.isTrustworthy).toBe(false);
});
