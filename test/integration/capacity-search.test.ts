import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type LiveSearch, searchLive } from '../../src/capacity/live-search.ts';
import { parseObjective } from '../../src/capacity/objective.ts';
import { createChatClient } from '../../src/load/chat-client.ts';
import { estimateTokens, userPrompt } from '../../src/load/prompts.ts';
import { requestSource } from '../../src/load/requests.ts';
import type { Sample } from '../../src/load/sample.ts';
import { prepareWorkload, type Workload } from '../../src/load/workload.ts';
import { answerJson, testServer } from './load-server.ts';

async function search(url: string, more: Partial<LiveSearch> = {}, given?: Workload['next']) {
  const client = createChatClient({ baseUrl: url, connections: 64 });
  const samples: Sample[] = [];
  const rates: number[] = [];
  const sourceOf = async (name: string) => {
    const options = {
      runId: name,
      seed: 1,
      tokenize: estimateTokens,
      tokenizer: 'estimate' as const,
    };
    const { next } = await prepareWorkload({ kind: 'unique', promptTokens: 24 }, options);
    return requestSource(given ?? next, { model: 'm', maxTokens: 1, stream: false });
  };
  try {
    const found = await searchLive([{ arm: '', client, sourceOf }], {
      clock: systemClock,
      originMs: systemClock.nowMs(),
      seed: 1,
      timeoutMs: 2_000,
      inFlightMax: 64,
      signal: new AbortController().signal,
      record: (sample) => samples.push(sample),
      onEvent: () => {},
      flush: () => {},
      // Far from what a server beside us takes, so that a busy machine cannot disturb it.
      objectivesOf: () => [parseObjective('latency.p50 < 1s')],
      startRate: 150,
      budget: { durationMs: 20_000, requests: 320 },
      onStep: (_, step) => rates.push(step.rate),
      ...more,
    });
    return { ...found, samples, rates };
  } finally {
    await client.close();
  }
}

describe('a search on a server that is up', () => {
  it('ends with the last prompt, and does not take that for a server that fails', async () => {
    await using server = await testServer((response) => answerJson(response));
    const { messages } = userPrompt('hello');
    let left = 4;
    const next = () => (left-- > 0 ? { messages, group: '' } : undefined);
    const { curves } = await search(server.url, {}, next);
    expect(curves).toMatchObject([{ end: 'prompts', held: null, failed: null }]);
  });

  it('keeps to its budget of requests, says that it ended it, and asks no prompt twice', async () => {
    await using server = await testServer((response) => answerJson(response));
    const { curves, samples } = await search(server.url);
    expect(curves).toMatchObject([{ end: 'budget', failed: null }]);
    expect(curves[0]!.steps[0]).toMatchObject({ rate: 150, errorRate: 0, goodput: 1 });
    expect(samples.length).toBeLessThanOrEqual(320);
    const asked = server.bodies.map(({ messages }) => messages[0]!.content);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('loads nothing that answers no request alone, and says what came back', async () => {
    await using server = await testServer((response) => {
      response.statusCode = 503;
      response.end('{"error":{"message":"no engine"}}');
    });
    const { curves, failures, samples } = await search(server.url);
    expect(curves).toEqual([]);
    expect(failures).toMatchObject([
      { failure: 'http', status: 503, problem: expect.stringContaining('no engine') },
    ]);
    expect(samples.length).toBeLessThanOrEqual(30);
  });

  it('finds no rate where every request under load fails', async () => {
    await using server = await testServer((response, _, index) => {
      if (index >= 30) response.statusCode = 429;
      answerJson(response);
    });
    const { curves } = await search(server.url, {
      budget: { durationMs: 60_000, requests: 5_000 },
      startRate: 800,
    });
    expect(curves).toMatchObject([{ end: 'never', held: null }]);
    expect(curves[0]!.failed).toBeGreaterThan(0);
    expect(curves[0]!.steps.every(({ errorRate }) => errorRate === 1)).toBe(true);
  });

  it('begins no faster than a server answers that answers many at a time', async () => {
    const BATCH_MS = 400;
    const waiting: ServerResponse[] = [];
    await using server = await testServer((response) => {
      if (waiting.push(response) > 1) return;
      setTimeout(() => waiting.splice(0).forEach((it) => answerJson(it)), BATCH_MS);
    });
    const { rates } = await search(server.url, {
      startRate: undefined,
      // So short that one batch is all that is seen of its pace.
      budget: { durationMs: 2_400, requests: 1_000 },
    });
    expect(rates[0]).toBeGreaterThan(1);
    expect(rates[0]).toBeLessThan(48 / (BATCH_MS / 1_000));
  });

  it('reports what was measured until it is stopped', async () => {
    const stop = new AbortController();
    await using server = await testServer((response) => answerJson(response));
    const { curves } = await search(server.url, {
      signal: stop.signal,
      budget: { durationMs: 20_000, requests: 100_000 },
      onStep: () => stop.abort(),
    });
    expect(curves).toMatchObject([{ end: 'stopped' }]);
    expect(curves[0]!.steps[0]!.requests).toBeGreaterThan(0);
  });
});
