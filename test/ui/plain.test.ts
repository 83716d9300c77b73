import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { startProgress } from '../../src/ui/progress.ts';
import type { Check } from '../../src/base/outcome.ts';
import { CLOCK_SKEW } from './events.ts';

const labels = { phase: 'measure', arm: '', block: 0 } as const;
const traffic = { started: 0, finished: 1, failed: 0, inFlight: 1, waiting: 0 };

async function plainProgress(flags: { isQuiet?: boolean; isTTY?: boolean; env?: object } = {}) {
  const lines: string[] = [];
  const clock = new VirtualClock();
  const progress = await startProgress(
    {
      stderr: { write: (text) => lines.push(text), isTTY: flags.isTTY },
      env: { ...flags.env },
      clock,
      signal: new AbortController().signal,
    },
    {
      title: 'load',
      phases: [],
      isQuiet: flags.isQuiet === true,
      isMachine: false,
      paint: (_colour, text) => text,
      describe: ({ id, outcome }: Check) => [`${outcome} ${id}`],
      fit: (line) => line.split('; '),
    },
  );
  return { lines, clock, progress };
}

/** A load run of that many seconds that reports four times a second. */
async function watched(seconds: number): Promise<string[]> {
  const { lines, clock, progress } = await plainProgress();
  for (let quarter = 1; quarter <= 4 * seconds; quarter++) {
    clock.advanceBy(250);
    const elapsedMs = 250 * quarter;
    const latency = { latencyMsP50: 10, latencyMsP95: 20 };
    progress.onEvent({ type: 'progress', labels, elapsedMs, ...traffic, ...latency });
  }
  return lines;
}

describe('progress without a terminal', () => {
  it('is a line every two seconds at first', async () => {
    expect(await watched(5)).toEqual([
      'measure 2 s: 1 done, 0 failed, 1 in flight, p95 20 ms\n',
      'measure 4 s: 1 done, 0 failed, 1 in flight, p95 20 ms\n',
    ]);
  });

  it('does not fill the log of an hour-long run', async () => {
    expect((await watched(3_600)).length).toBeLessThan(260);
  });

  it('tells of findings that did not pass, and of every tenth of the blocks', async () => {
    const { lines, progress } = await plainProgress();
    progress.onEvent({ type: 'finding', finding: CLOCK_SKEW });
    progress.onEvent({ type: 'finding', finding: { ...CLOCK_SKEW, outcome: 'pass' } });
    for (let done = 1; done <= 120; done++) {
      progress.onEvent({ type: 'block', arm: 'A', done, total: 120, remainingMs: 1_000 });
    }
    expect(lines[0]).toBe('fail clock-skew\n');
    expect(lines[1]).toBe('  12 of 120 blocks (10 %), 1 s left\n');
    expect(lines).toHaveLength(11);
  });

  it('tells what happened on the way', async () => {
    const { lines, progress } = await plainProgress();
    progress.onEvent({ type: 'note', text: '40/s holds' });
    expect(lines).toEqual(['  40/s holds\n']);
  });

  it('is silent with --quiet', async () => {
    const { lines, progress } = await plainProgress({ isQuiet: true, isTTY: true });
    progress.onEvent({ type: 'finding', finding: CLOCK_SKEW });
    expect(lines).toEqual([]);
  });

  it.each([{ CI: 'true' }, { CI: '1' }, { CONTINUOUS_INTEGRATION: '' }, { TERM: 'dumb' }])(
    'is lines with %o, even on a terminal',
    async (env) => {
      const { lines, progress } = await plainProgress({ isTTY: true, env });
      progress.onEvent({ type: 'phase', phase: 'routing' });
      expect(lines).toEqual(['… routing\n']);
    },
  );

  it('keeps what it costs within the terminal, and says no time that nobody knows', async () => {
    const { lines, progress } = await plainProgress();
    const planned = { requests: 9_600, promptTokens: 1, outputTokens: 1, couldShow: null };
    for (const durationMs of [90_000, 0]) {
      progress.onEvent({ type: 'cost', planned: { ...planned, durationMs }, budget: 'none' });
    }
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('1 prompt tokens, at least 90 s (budget: none)');
    expect(lines[2]).toContain('1 prompt tokens (budget: none)');
  });
});
