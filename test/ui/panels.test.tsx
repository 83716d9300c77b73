import { EventEmitter } from 'node:events';
import { render as renderInk } from 'ink';
import { render } from 'ink-testing-library';
import { describe, expect, it } from 'vitest';
import { Dashboard } from '../../src/ui/panels.tsx';
import { initialView, type ProgressEvent, reduce, type View } from '../../src/ui/view-state.ts';
import { measured, samples, verification } from './events.ts';

const plain = (_colour: string, text: string): string => text;

/** The only frame ink draws of a view on a terminal of this size. */
function frameOf(view: View, columns: number, rows = 30): string {
  let frame = '';
  const stdout = Object.assign(new EventEmitter(), {
    columns,
    rows,
    write: (text: string) => (frame = text),
  });
  const ink = renderInk(
    <Dashboard view={view} nowMs={5_000} columns={columns} rows={rows} paint={plain} />,
    { stdout: stdout as unknown as NodeJS.WriteStream, debug: true, patchConsole: false },
  );
  const drawn = frame;
  ink.unmount();
  return drawn;
}

/** Everything at once: many endpoints with long names, large numbers, a queue. */
function crowded(): View {
  let view = verification();
  for (let index = 0; index < 12; index++) {
    const servedBy = `an-engine-with-a-very-long-name-${index}`;
    for (const arm of ['A', 'D', 'N', 'P'] as const)
      view = reduce(view, measured(arm, { servedBy }), 4e3);
    view = reduce(
      view,
      samples({ ttftMsP50: 1 + index, promptTokens: 100, cachedTokens: 71 }),
      4e3,
    );
  }
  const latency = { p50: 1_234.5, p95: 98_765.4 };
  return { ...view, finished: 12_345_678, inFlight: 512, waiting: 123_456, failed: 9_999, latency };
}

describe('the dashboard', () => {
  it('shows a verification', () => {
    const { lastFrame, unmount } = render(
      <Dashboard view={verification()} nowMs={5_000} columns={100} rows={30} paint={plain} />,
    );
    expect(lastFrame()).toMatchInlineSnapshot(`
      "kvcache verify  experiment · 5 s
      ████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  25 % · 3 of 12 blocks · 7 s left · step 7 of 8
      requests   3 done · 0 failed · 1.0/s
      served by  engine-a ████████████████████████████████░░░░░░░░░░░░░░░░  67 % · 2
                 engine-b ████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  33 % · 1
      arm                        TTFT p50  tokens from cache
      routing off (B)               60 ms  ░░░░░░░░░░░░░░░░░░░░░░░░   0 %
      routing on (C)                22 ms  ██████████████████████░░  90 %
      checks     ✓ 1 hold  ✗ 1 failed"
    `);
    unmount();
  });

  it('names every arm, the cold primes of D too', () => {
    const view = reduce(verification(), measured('P', { ttftMs: 120, cachedTokens: 0 }), 4_000);
    expect(frameOf(view, 100)).toMatch(/arm .*\n(.*\n)*cold and straight \(P\) +120 ms/);
  });

  it.each([60, 80, 120, 200])('stays within %i columns', (columns) => {
    for (const view of [verification(), crowded()]) {
      const lines = frameOf(view, columns).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(lines.length).toBeGreaterThan(4);
    }
  });

  it.each([5, 8, 10, 24])('stays below %i rows', (rows) => {
    for (const columns of [60, 160]) {
      expect(frameOf(crowded(), columns, rows).split('\n').length).toBeLessThan(rows);
    }
  });

  it('says how a check came out without colours', () => {
    expect(frameOf(verification(), 80)).toContain('✓ 1 hold  ✗ 1 failed');
  });

  it('shows a scenario: its steps, what befell it, and the checks still open', () => {
    const answer = { servedBy: 'engine-a', promptTokens: 100, isError: false } as const;
    const events: ProgressEvent[] = [
      { type: 'step', name: 'first', requests: 2 },
      { type: 'answer', step: 'first', ...answer, ttftMs: 60, cachedTokens: 0 },
      { type: 'note', text: 'the engines drop their caches' },
      { type: 'step', name: 'second', requests: 2 },
      { type: 'answer', step: 'second', ...answer, ttftMs: 20, cachedTokens: 90 },
      { type: 'settled', outcome: 'pass' },
    ];
    const view = events.reduce(
      (before, event) => reduce(before, event, 4_500),
      initialView({ title: 'run x', phases: ['starting', 'first', 'second'], checks: 3 }, 0),
    );
    expect(frameOf(view, 80)).toMatchInlineSnapshot(`
      "kvcache run x  second · 5 s
      ███████████████░░░░░░░░░░░░░░  50 % · 1 of 2 requests · about done · step 3 of 3
      requests   1 done · 0 failed
      served by  engine-a ███████████████████████████████████████████ 100 % · 1
      step                       TTFT p50  tokens from cache
      first                         60 ms  ░░░░░░░░░░░░░░░░░░░░░░░░   0 %
      second                        20 ms  ██████████████████████░░  90 %
      event      the engines drop their caches
      checks     ✓ 1 hold  · 2 open"
    `);
  });

  it('says that it stops', () => {
    const view = reduce(verification(), { type: 'stopping' }, 4_000);
    expect(frameOf(view, 60)).toContain('stopping, what was measured is kept');
  });
});
