import { describe, expect, it } from 'vitest';
import { type LoadedRequest, parseObjective } from '../../src/capacity/objective.ts';
import { settledFrom, StepJudge } from '../../src/capacity/step-judge.ts';
import { createRandom } from '../../src/base/random.ts';
import { first, queueOf } from './queue.ts';

const request = (ms: number, more: Partial<LoadedRequest> = {}): LoadedRequest => ({
  atMs: 0,
  isFailed: false,
  ttftMs: ms,
  latencyMs: ms,
  tpotMs: null,
  ...more,
});

function judged(slo: readonly string[], requests: Iterable<LoadedRequest>, most = 20_000) {
  const judge = new StepJudge(slo.map(parseObjective), most);
  let count = 0;
  for (const it of requests) {
    count++;
    const verdict = judge.take(it);
    if (verdict !== undefined) return { verdict, count };
  }
  return { verdict: judge.look(), count };
}

function* drawn(of: (draw: number) => LoadedRequest, seed = 1): Generator<LoadedRequest> {
  for (const random = createRandom(seed); ;) yield of(random.next());
}

describe('a step', () => {
  it('holds where nothing is near the bound, after few requests', () => {
    const { verdict, count } = judged(
      ['ttft.p95 < 500ms'],
      drawn((it) => request(100 + it)),
    );
    expect(verdict).toBe('holds');
    expect(count).toBeLessThanOrEqual(300);
  });

  it('fails at the first look where all fail', () => {
    const refused = drawn(() => request(60_000, { isFailed: true }));
    expect(judged(['ttft.p95 < 500ms'], refused)).toEqual({ verdict: 'fails', count: 80 });
  });

  it('counts a failure that came quickly against every time', () => {
    const some = drawn((it) => request(1, { isFailed: it < 0.2 }));
    expect(judged(['ttft.p95 < 500ms'], some).verdict).toBe('fails');
  });

  it('fails where the queue grows, and does not hold while it is short', () => {
    const full = queueOf({ ratePerSecond: 11, servers: 1, seed: 3 }, () => 100);
    expect(judged(['ttft.p95 < 2s'], full).verdict).toBe('fails');
    const early = first(
      120,
      queueOf({ ratePerSecond: 11, servers: 1, seed: 3 }, () => 100),
    );
    expect(judged(['ttft.p95 < 2s'], early).verdict).toBe('undecided');
  });

  it('holds far below the bound after a time in which growth would have shown, whatever drifts', () => {
    const drifting = (count: number, gapMs: number) =>
      Array.from({ length: count }, (_, at) =>
        request(20 + 15 * Math.sin(at / 120), { atMs: at * gapMs }),
      );
    expect(judged(['ttft.p95 < 500ms'], drifting(600, 12)).verdict).toBe('holds');
    expect(judged(['ttft.p95 < 500ms'], drifting(600, 2)).verdict).toBe('undecided');
  });

  it('is undecided at the bound, however many there are', () => {
    const { verdict, count } = judged(
      ['error_rate < 10%'],
      drawn((it) => request(1, { isFailed: it < 0.1 })),
    );
    expect({ verdict, count }).toEqual({ verdict: 'undecided', count: 20_000 });
  });

  it('holds only where every objective does', () => {
    const slow = () => drawn((it) => request(100 + it, { latencyMs: 900 }));
    expect(judged(['ttft.p95 < 500ms', 'latency.p50 < 1s'], slow()).verdict).toBe('holds');
    expect(judged(['ttft.p95 < 500ms', 'latency.p50 < 800ms'], slow()).verdict).toBe('fails');
  });

  it('judges a mean by its interval', () => {
    const around = () => drawn((it) => request(100 * it));
    expect(judged(['ttft.mean < 60ms'], around()).verdict).toBe('holds');
    expect(judged(['ttft.mean < 40ms'], around()).verdict).toBe('fails');
  });

  it('is undecided without requests, and of a time that no answer has', () => {
    expect(judged(['ttft.p95 < 1s'], []).verdict).toBe('undecided');
    expect(
      judged(
        ['tpot.p95 < 1s'],
        drawn(() => request(1)),
        500,
      ).verdict,
    ).toBe('undecided');
  });

  it('leaves out its beginning', () => {
    expect([60, 100, 300, 1_000].map(settledFrom)).toEqual([30, 50, 100, 200]);
    const cold = [
      ...Array<LoadedRequest>(40).fill(request(900)),
      ...first(
        400,
        drawn((it) => request(100 + it)),
      ),
    ];
    expect(judged(['ttft.p95 < 500ms'], cold.slice(20), 420).verdict).toBe('holds');
  });
});
