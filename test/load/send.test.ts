import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { Sample } from '../../src/load/sample.ts';
import { type Addressed, sendAll, sendOne, type SendSetting } from '../../src/load/send.ts';
import { createLoadClient } from '../../src/net/load-client.ts';
import { answerJson, testServer } from '../integration/load-server.ts';

function setting(changes: Partial<SendSetting> = {}): SendSetting {
  return {
    clock: systemClock,
    originMs: systemClock.nowMs(),
    timeoutMs: 5000,
    concurrency: 2,
    labels: { phase: 'measure', arm: 'C', block: 3 },
    ...changes,
  };
}

function clientOf(url: string, headers: Record<string, string> = {}) {
  return createLoadClient({ url, connections: 4, connectTimeoutMs: 2000, headers });
}

const request = (group: string): Addressed['request'] => ({ body: Buffer.from('{}'), group });

describe('sendAll', () => {
  it('gives samples in the order of the requests, each through its own client', async () => {
    let release = (): void => {};
    const isFirstRecorded = new Promise<void>((resolve) => (release = resolve));
    await using server = await testServer(async (response, incoming) => {
      if (incoming.headers['x-arm'] === 'a') await isFirstRecorded;
      response.setHeader('x-inference-pod', String(incoming.headers['x-arm']));
      answerJson(response);
    });
    const [a, b] = [clientOf(server.url, { 'x-arm': 'a' }), clientOf(server.url, { 'x-arm': 'b' })];
    const requests = ['1', '2', '3', '4'].map((group, index) => ({
      request: request(group),
      client: index % 2 === 0 ? a : b,
    }));
    const recorded: [string, number][] = [];
    const record = (sample: Sample, index: number): void => {
      recorded.push([sample.group, index]);
      release();
    };
    const samples = await sendAll(requests, setting({ record }));
    expect(samples.map(({ group, servedBy }) => [group, servedBy])).toEqual([
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'a'],
      ['4', 'b'],
    ]);
    // As they came.
    expect(recorded[0]).toEqual(['2', 1]);
    expect(recorded.toSorted((left, right) => left[1] - right[1]).map(([group]) => group)).toEqual([
      '1',
      '2',
      '3',
      '4',
    ]);
    expect(samples[3]).toMatchObject({ id: 3, arm: 'C', block: 3 });
    await Promise.all([a.close(), b.close()]);
  });

  it('keeps at most so many under way', async () => {
    const open: (() => void)[] = [];
    let peak = 0;
    // Answers once all that may be under way are.
    await using server = await testServer((response) => {
      peak = Math.max(
        peak,
        open.push(() => answerJson(response)),
      );
      if (open.length === 3) for (const answer of open.splice(0)) answer();
    });
    const client = clientOf(server.url);
    const requests = Array.from({ length: 12 }, () => ({ request: request(''), client }));
    expect(await sendAll(requests, setting({ concurrency: 3 }))).toHaveLength(12);
    expect(peak).toBe(3);
    expect(await sendAll([], setting())).toEqual([]);
    await client.close();
  });

  it('goes on when every request fails', async () => {
    await using server = await testServer((response) => {
      response.statusCode = 503;
      response.end('{"error":{"message":"overloaded"}}');
    });
    const client = clientOf(server.url);
    const requests = Array.from({ length: 30 }, () => ({ request: request(''), client }));
    const samples = await sendAll(requests, setting());
    expect(samples).toHaveLength(30);
    expect(samples.every(({ problem }) => problem === 'overloaded')).toBe(true);
    await client.close();
  });

  it('rejects with the reason of the signal once what is under way is recorded', async () => {
    const stop = new AbortController();
    await using server = await testServer((response, _, index) => {
      if (index === 0) answerJson(response);
      else stop.abort(new Error('enough'));
    });
    const client = clientOf(server.url);
    const requests = ['1', '2', '3'].map((group) => ({ request: request(group), client }));
    const recorded: Sample[] = [];
    const sending = sendAll(
      requests,
      setting({ concurrency: 1, signal: stop.signal, record: (it) => recorded.push(it) }),
    );
    await expect(sending).rejects.toThrow('enough');
    expect(recorded.map(({ group, failure }) => [group, failure])).toEqual([
      ['1', undefined],
      ['2', 'stopped'],
    ]);
    await client.close();
  });
});

describe('sendOne', () => {
  it('keeps what people want to look at', async () => {
    const event = (delta: object): string =>
      `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`;
    const body = `${event({ reasoning: 'Hm. ' })}${event({ content: 'é' })}data: [DONE]\n\n`;
    await using server = await testServer((response) => {
      response.setHeader('Content-Type', 'text/event-stream');
      response.setHeader('X-Kvcache-Endpoint', 'engine-a');
      response.setHeader('X-Kvcache-Reason', 'hit');
      response.setHeader('X-Kvcache-Cached-Tokens', '64');
      response.setHeader('X-Worker', 'w1');
      response.end(body);
    });
    const client = clientOf(server.url);
    const addressed = { request: request('g'), client };
    const answer = await sendOne(addressed, setting({ servedByHeaders: ['x-worker'] }));
    expect(answer).toMatchObject({ body, text: 'Hm. é' });
    expect(answer.headers).toMatchObject({ 'x-worker': 'w1', 'content-type': 'text/event-stream' });
    expect(answer.sample).toMatchObject({
      servedBy: 'w1',
      headerServedBy: 'w1',
      servedBySource: 'header x-worker',
      reason: 'hit',
      predictedTokens: 64,
      failure: undefined,
    });
    await client.close();
  });

  it('keeps of a large body what there is room for', async () => {
    await using server = await testServer((response) => {
      response.statusCode = 500;
      response.end('x'.repeat(3 * 1024 * 1024));
    });
    const client = clientOf(server.url);
    const { body, sample } = await sendOne({ request: request(''), client }, setting());
    expect(body).toHaveLength(1024 * 1024);
    expect(sample.problem).toHaveLength(300);
    await client.close();
  });

  it('tells of a server that cannot be reached', async () => {
    const client = clientOf('http://127.0.0.1:1');
    const { sample, body } = await sendOne({ request: request(''), client }, setting());
    expect(sample).toMatchObject({ failure: 'connect', status: undefined });
    expect(sample.problem).toContain('ECONNREFUSED');
    expect(body).toBe('');
    await client.close();
  });
});
