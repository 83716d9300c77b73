import { describe, expect, it } from 'vitest';
import { initialView, type ProgressEvent, reduce, rollingRate } from '../../src/ui/view-state.ts';
import { measured, samples, verification } from './events.ts';

function after(events: readonly (readonly [number, ProgressEvent])[]) {
  const view = initialView({ title: 'load', phases: ['warmup', 'measure'] }, 0);
  return events.reduce((before, [atMs, event]) => reduce(before, event, atMs), view);
}

const labels = { phase: 'measure', arm: '', block: 0 } as const;
const traffic = {
  labels,
  started: 40,
  finished: 40,
  failed: 1,
  inFlight: 4,
  waiting: 0,
  latencyMsP50: 10,
  latencyMsP95: 20,
};
const bounded = (requests?: number, durationMs?: number): ProgressEvent => ({
  type: 'phase-started',
  labels,
  expected: { requests, durationMs },
});

describe('the view of a load run', () => {
  it('reckons the time left from the nearer bound', () => {
    const view = after([
      [0, bounded(100, 10_000)],
      [2_000, { type: 'progress', elapsedMs: 2_000, ...traffic }],
    ]);
    expect(view.progress).toEqual({ text: '40 of 100 requests', share: 0.4, endsMs: 5_000 });
  });

  it('knows no end where none was set', () => {
    const view = after([
      [0, bounded()],
      [2_000, { type: 'progress', elapsedMs: 2_000, ...traffic }],
    ]);
    expect(view.progress).toBeUndefined();
  });

  it('forgets the traffic of the warm-up', () => {
    const view = after([
      [0, { ...bounded(8), labels: { ...labels, phase: 'warmup' } } as ProgressEvent],
      [500, samples({ servedBy: { a: 8 } })],
      [1_000, bounded(100)],
      [1_500, samples({ servedBy: { b: 3 } })],
    ]);
    expect(view.endpoints).toEqual({ b: 3 });
    expect(view.phaseIndex).toBe(1);
  });

  it('shows the rate of the last ten seconds, not of the whole run', () => {
    const at = (second: number, finished: number): readonly [number, ProgressEvent] => [
      second * 1_000,
      { type: 'progress', elapsedMs: second * 1_000, ...traffic, finished },
    ];
    const fast = Array.from({ length: 20 }, (_, second) => at(second, 100 * second));
    const slow = Array.from({ length: 11 }, (_, second) => at(20 + second, 1_900 + second));
    expect(rollingRate(after([[0, bounded()], ...fast, ...slow]), 30_000)).toBeCloseTo(1, 5);
  });

  it('says no rate of a burst that is younger than a second', () => {
    const burst = Array.from(
      { length: 12 },
      (_, index) => [index / 60, measured('C', {})] as const,
    );
    expect(rollingRate(after(burst), 1)).toBeUndefined();
    expect(rollingRate(after(burst), 2_000)).toBeCloseTo(5.5, 1);
  });

  it('keeps the series through a look at which nothing came in', () => {
    const view = after([
      [0, samples({ ttftMsP50: 5 })],
      [250, samples({})],
      [500, samples({ ttftMsP50: 7 })],
    ]);
    expect(view.series).toEqual({ name: 'TTFT', valuesMs: [5, 7] });
  });

  it('leaves cache hits unknown until an answer reports tokens', () => {
    expect(after([[0, samples({ servedBy: { a: 1 } })]]).tokens).toBeUndefined();
    const view = after([[0, samples({ promptTokens: 100, cachedTokens: 0 })]]);
    expect(view.tokens).toEqual({ prompt: 100, cached: 0 });
  });
});

describe('the view of a verification', () => {
  it('follows the phases, counts by arm and endpoint, and keeps what did not pass', () => {
    const view = verification();
    expect(view.phases[view.phaseIndex]).toBe('experiment');
    expect(view.endpoints).toEqual({ 'engine-a': 2, 'engine-b': 1 });
    expect(view.settled).toMatchObject({ pass: 1, fail: 1 });
    expect(view.warnings.map(({ id }) => id)).toEqual(['clock-skew']);
    expect(view.groups['C']).toEqual({
      ttftsMs: [20, 22],
      promptTokens: 2_000,
      cachedTokens: 1_800,
    });
    expect(view.progress).toEqual({ text: '3 of 12 blocks', share: 0.25, endsMs: 12_000 });
  });

  it('counts a failed request, but not its time', () => {
    const view = reduce(verification(), measured('C', { isError: true, ttftMs: 30_000 }), 4_000);
    expect(view.failed).toBe(1);
    expect(view.groups['C']?.ttftsMs).toEqual([20, 22]);
  });

  it('is a new value after each event', () => {
    const before = verification();
    const copy = structuredClone(before);
    reduce(before, measured('C', {}), 5_000);
    expect(before).toEqual(copy);
  });
});

describe('the view of a scenario', () => {
  const answer = (step: string, some: object = {}): ProgressEvent => ({
    type: 'answer',
    step,
    servedBy: 'engine-a',
    ttftMs: 20,
    promptTokens: 100,
    cachedTokens: 80,
    isError: false,
    ...some,
  });
  const played = (events: readonly ProgressEvent[]) =>
    events.reduce(
      (view, event) => reduce(view, event, 1_000),
      initialView({ title: 'run x', phases: ['starting', 'first', 'second'], checks: 3 }, 0),
    );

  it('counts each step anew, and keeps what every step was like', () => {
    const view = played([
      { type: 'step', name: 'first', requests: 4 },
      answer('first', { servedBy: 'engine-b', cachedTokens: 0 }),
      { type: 'step', name: 'second', requests: 4 },
      answer('second'),
      answer('second', { isError: true }),
    ]);
    expect(view.endpoints).toEqual({ 'engine-a': 2 });
    expect(view.progress).toMatchObject({ text: '2 of 4 requests', share: 0.5 });
    expect(view.failed).toBe(1);
    expect(Object.keys(view.groups)).toEqual(['first', 'second']);
    expect(view.groups['first']).toMatchObject({ promptTokens: 100, cachedTokens: 0 });
  });

  it('takes what no answer said for unknown, not for zero', () => {
    const unknown = { servedBy: null, ttftMs: null, promptTokens: null, cachedTokens: null };
    const view = played([answer('first', unknown)]);
    expect(view.endpoints).toEqual({});
    expect(view.groups['first']).toMatchObject({ ttftsMs: [], cachedTokens: undefined });
  });

  it('counts checks as they settle, without repeating them as warnings', () => {
    const view = played([
      { type: 'settled', outcome: 'pass' },
      { type: 'settled', outcome: 'fail' },
      { type: 'note', text: 'engine-a crashes' },
    ]);
    expect(view.settled).toMatchObject({ pass: 1, fail: 1 });
    expect(view.warnings).toEqual([]);
    expect(view.note).toBe('engine-a crashes');
  });
});
