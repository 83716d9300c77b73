import { describe, expect, it } from 'vitest';
import { kneeObjectives } from '../../src/capacity/knee.ts';
import type { LoadedRequest } from '../../src/capacity/objective.ts';

const alone = (ttftMs: number | null, latencyMs: number, isFailed = false): LoadedRequest => ({
  atMs: 0,
  isFailed,
  ttftMs,
  latencyMs,
  tpotMs: null,
});

describe('the knee', () => {
  it('is where the p95 of the TTFT is twice that of requests that come alone', () => {
    const requests = [
      ...Array<LoadedRequest>(24).fill(alone(100, 900)),
      alone(60_000, 60_000, true),
    ];
    expect(kneeObjectives(requests).map(({ text }) => text)).toEqual(['ttft.p95 < 200ms']);
  });

  it('goes by the latency where nothing is streamed', () => {
    const [first] = kneeObjectives([alone(null, 81.234)]);
    expect(first).toMatchObject({ metric: 'latency.p95', bound: 162 });
  });
});
