import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { LoadRequest } from '../../src/load/attempt.ts';
import type { LoadEvent } from '../../src/load/events.ts';
import { constantPacer } from '../../src/load/pacer.ts';
import { connectionsOf, type PhasePlan } from '../../src/load/plan.ts';
import { type PhaseDependencies, type PhaseOutcome, runPhase } from '../../src/load/run-load.ts';
import { latencyMs, type Sample, ttftMs } from '../../src/load/sample.ts';
import { createLoadClient } from '../../src/net/load-client.ts';
import { ANSWER, answerJson, testServer } from './load-server.ts';

const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ content: 'hi' }] }));

interface Run {
  outcome: PhaseOutcome;
  samples: Sample[];
  events: LoadEvent[];
}

async function run(
  url: string,
  plan: Partial<PhasePlan>,
  deps: Partial<PhaseDependencies> = {},
): Promise<Run> {
  const full: PhasePlan = {
    labels: { phase: 'measure', arm: 'C', block: 2 },
    load: { kind: 'closed', concurrency: 2 },
    timeoutMs: 5000,
    maxErrorRate: 1,
    ...plan,
  };
  const client = createLoadClient({
    url,
    connections: connectionsOf(full.load),
    connectTimeoutMs: 2000,
  });
  const samples: Sample[] = [];
  const events: LoadEvent[] = [];
  try {
    const outcome = await runPhase(full, {
      client,
      clock: systemClock,
      originMs: systemClock.nowMs(),
      source: () => ({ body, group: '' }),
      record: (row) => samples.push(row),
      onEvent: (event) => events.push(event),
      ...deps,
    });
    return { outcome, samples, events };
  } finally {
    await client.close();
  }
}

describe('closed loop', () => {
  it('keeps so many in flight, no more, and records every answer', async () => {
    let [now, peak] = [0, 0];
    await using server = await testServer(async (response) => {
      peak = Math.max(peak, ++now);
      await delay(2);
      now--;
      response.setHeader('x-inference-pod', 'pod-1');
      answerJson(response);
    });
    const { outcome, samples } = await run(server.url, {
      load: { kind: 'closed', concurrency: 4 },
      requests: 40,
    });
    expect(peak).toBe(4);
    expect(outcome).toMatchObject({ ended: 'complete', scheduled: 40, finished: 40, failed: 0 });
    expect(samples.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([...Array(40).keys()]);
    expect(samples[0]).toMatchObject({
      arm: 'C',
      block: 2,
      status: 200,
      failure: undefined,
      servedBy: 'pod-1',
      servedBySource: 'header x-inference-pod',
      promptTokens: 100,
      outputTokens: 2,
      cachedTokens: 64,
      requestBytes: body.length,
      answerBytes: ANSWER.length,
      firstTokenMs: undefined,
    });
  });

  it('ends with the workload', async () => {
    await using server = await testServer((response) => answerJson(response));
    const rows: LoadRequest[] = [1, 2, 3].map(() => ({ body, group: 'g' }));
    const { outcome } = await run(server.url, {}, { source: () => rows.pop() });
    expect(outcome).toMatchObject({ ended: 'complete', scheduled: 3, started: 3, unsent: 0 });
  });

  it('never overlaps the turns of one session', async () => {
    let [now, peak] = [0, 0];
    await using server = await testServer(async (response) => {
      peak = Math.max(peak, ++now);
      await delay(1);
      now--;
      answerJson(response);
    });
    const { outcome } = await run(
      server.url,
      { load: { kind: 'closed', concurrency: 4 }, requests: 10 },
      { source: () => ({ body, group: 's', session: 's' }) },
    );
    expect(peak).toBe(1);
    expect(outcome.finished).toBe(10);
  });
});

describe('streams', () => {
  const event = (delta: object): string => `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`;

  it('time the first output, not the role chunk, and every gap', async () => {
    const marks: number[] = [];
    await using server = await testServer(async (response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.write(event({ role: 'assistant', content: '' }));
      for (const content of ['a', 'b']) {
        await delay(15);
        marks.push(performance.now());
        response.write(event({ content }));
      }
      response.write('data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5}}\n\n');
      response.end('data: [DONE]\n\n');
    });
    const { samples } = await run(server.url, {
      requests: 1,
      load: { kind: 'closed', concurrency: 1 },
    });
    const [row] = samples;
    expect(ttftMs(row!)).toBeGreaterThanOrEqual(14);
    expect(row!.itlsMs).toHaveLength(1);
    expect(Math.abs(row!.itlsMs[0]! - (marks[1]! - marks[0]!))).toBeLessThan(10);
    expect(row!.lastTokenMs! - row!.firstTokenMs!).toBeCloseTo(row!.itlsMs[0]!, 6);
    // Two pieces, five tokens: the count is the server's, not ours.
    expect(row).toMatchObject({ promptTokens: 9, outputTokens: 5, cachedTokens: undefined });
    expect(row!.failure).toBeUndefined();
  });

  it.each([
    [
      'empty',
      'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\ndata: [DONE]\n\n',
    ],
    ['protocol', 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'],
    ['protocol', 'data: {"error":{"message":"x"}}\n\ndata: [DONE]\n\n'],
    ['protocol', 'data: {broken\n\ndata: [DONE]\n\n'],
  ])('%s: %j is no success', async (failure, text) => {
    await using server = await testServer((response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.end(text);
    });
    const { samples } = await run(server.url, { requests: 1 });
    expect(samples[0]!.failure).toBe(failure);
  });
});

describe('failures', () => {
  it.each([
    ['http', 503, ANSWER],
    ['protocol', 200, '<html>login</html>'],
    ['protocol', 200, '{"object":"list"}'],
    ['empty', 200, '{"choices":[{"message":{"content":""}}],"usage":{"completion_tokens":0}}'],
  ])('%s: status %i with %j', async (failure, status, text) => {
    await using server = await testServer((response) => {
      response.statusCode = status;
      response.end(text);
    });
    const { samples, outcome } = await run(server.url, { requests: 1 });
    expect(samples[0]).toMatchObject({ failure, status });
    expect(outcome.failed).toBe(1);
  });

  it('cuts a hanging answer at the limit and counts the whole wait', async () => {
    await using server = await testServer((response, _, index) => {
      if (index > 0) answerJson(response);
    });
    const { samples } = await run(server.url, { requests: 3, timeoutMs: 150 });
    const late = samples.find(({ failure }) => failure === 'timeout')!;
    expect(latencyMs(late)).toBeGreaterThanOrEqual(150);
    expect(samples.filter(({ failure }) => failure === undefined)).toHaveLength(2);
  });

  it('tells a broken connection from none at all', async () => {
    let refusing: string;
    {
      await using server = await testServer((response) => {
        response.destroy();
      });
      const { samples } = await run(server.url, { requests: 1 });
      expect(samples[0]!.failure).toBe('reset');
      refusing = server.url;
    }
    const { samples } = await run(refusing, { requests: 1 });
    expect(samples[0]).toMatchObject({ failure: 'connect', status: undefined });
  });

  it('gives up on too many errors', async () => {
    await using server = await testServer((response) => {
      response.statusCode = 500;
      response.end();
    });
    const { outcome, events } = await run(server.url, { requests: 1000, maxErrorRate: 0.05 });
    expect(outcome.ended).toBe('too-many-errors');
    expect(outcome.finished).toBeLessThan(20);
    expect(events.at(-1)).toMatchObject({ type: 'phase-ended', ended: 'too-many-errors' });
  });

  it('ends, and says so, when samples cannot be kept', async () => {
    await using server = await testServer((response) => answerJson(response));
    let kept = 0;
    const record = (): void => {
      if (++kept === 3) throw new Error('disk full');
    };
    await expect(run(server.url, { requests: 100 }, { record })).rejects.toThrow('disk full');
    expect(server.bodies.length).toBeLessThan(10);
  });

  it('stops at a signal and cuts what is in flight', async () => {
    const stop = new AbortController();
    await using server = await testServer((response, _, index) => {
      if (index < 5) answerJson(response);
      else stop.abort();
    });
    const { outcome, samples } = await run(server.url, { requests: 100 }, { signal: stop.signal });
    expect(outcome.ended).toBe('stopped');
    expect(samples.filter(({ failure }) => failure === undefined).length).toBeGreaterThanOrEqual(4);
    expect(samples.filter(({ failure }) => failure === 'stopped').length).toBeGreaterThanOrEqual(1);
    expect(outcome.failed).toBe(0);
  });
});

describe('open loop', () => {
  const open = (rate: number, inFlightMax: number): PhasePlan['load'] => ({
    kind: 'open',
    pacer: constantPacer(rate),
    inFlightMax,
    isPrecise: true,
  });

  it('starts requests when they are due, whatever the server does', async () => {
    await using server = await testServer(async (response) => {
      await delay(50);
      answerJson(response);
    });
    const { samples, outcome } = await run(server.url, { load: open(200, 100), durationMs: 200 });
    expect(outcome.scheduled).toBe(40);
    const intended = samples.map((row) => row.intendedMs).toSorted((a, b) => a - b);
    expect(intended.at(-1)! - intended[0]!).toBeCloseTo(195, 6);
  });

  it('counts the wait for a connection as latency', async () => {
    await using server = await testServer(async (response) => {
      await delay(20);
      answerJson(response);
    });
    const { samples, events } = await run(server.url, { load: open(1000, 1), requests: 10 });
    const slowest = Math.max(...samples.map(latencyMs));
    // Ten answers of 20 ms one after the other; the last was due after 9 ms.
    expect(slowest).toBeGreaterThanOrEqual(180);
    expect(events[0]).toMatchObject({ type: 'phase-started', expected: { requests: 10 } });
  });

  it('counts what it never got to send', async () => {
    await using server = await testServer(() => {});
    const { outcome } = await run(server.url, {
      load: open(1000, 2),
      requests: 20,
      timeoutMs: 100,
    });
    expect(outcome.scheduled).toBe(20);
    expect(outcome.unsent).toBeGreaterThan(0);
    expect(outcome.started + outcome.unsent).toBe(20);
  });

  it('shows a stall of the server in the tail', async () => {
    let stallEndMs = 0;
    await using server = await testServer(async (response, _, index) => {
      if (index === 50) stallEndMs = performance.now() + 300;
      const waitMs = stallEndMs - performance.now();
      if (waitMs > 0) await delay(waitMs);
      answerJson(response);
    });
    const { samples } = await run(server.url, { load: open(200, 200), requests: 200 });
    // At 200/s, 300 ms of stall hit 60 of 200 requests, the first for all of it.
    const slow = samples.map(latencyMs).filter((ms) => ms > 30);
    expect(slow.length).toBeGreaterThan(40);
    expect(Math.max(...slow)).toBeGreaterThan(280);
  });
});
