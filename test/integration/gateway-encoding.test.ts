import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import { startTestGateway, startUpstream, type Upstream } from '../helpers/gateway.ts';

const gzip = promisify(zlib.gzip);
/** Node has it since 22.15. */
const zstd = (zlib as unknown as { zstdCompressSync?: (body: Buffer) => Buffer }).zstdCompressSync;

const CODINGS: [name: string, encode: (body: Buffer) => Buffer][] = [
  ['gzip', zlib.gzipSync],
  ['x-gzip', zlib.gzipSync],
  ['GZIP', zlib.gzipSync],
  ['deflate', zlib.deflateSync],
  ['deflate', zlib.deflateRawSync],
  ['br', zlib.brotliCompressSync],
  ['gzip, br', (body) => zlib.brotliCompressSync(zlib.gzipSync(body))],
  ['identity', (body) => body],
  ...(zstd ? [['zstd', zstd] as [string, (body: Buffer) => Buffer]] : []),
];

const chat = JSON.stringify({
  model: 'm',
  messages: [{ role: 'user', content: 'a prompt of a coding agent. '.repeat(100) }],
});
const usage = {
  prompt_tokens: 321,
  completion_tokens: 4,
  total_tokens: 325,
  prompt_tokens_details: { cached_tokens: 300 },
};

const FILTERS =
  '{name: dgp.filter.llm.tokenizer, config: {}}, ' +
  '{name: dgp.filter.ai.kvcache, config: {enabled: true, default_model: m, ' +
  'vllm_endpoint: "http://127.0.0.1:1", lmcache_endpoint: "http://127.0.0.1:1"}}';
const startGateway = (engine: Upstream) =>
  startTestGateway({
    endpoints: [{ id: 'a', port: engine.port }],
    filters: FILTERS,
    extension: '{routing: {policy: prefix}, limits: {body_bytes_max: 65536}}',
  });

/** By hand, since clients decode what they are sent. */
function send(
  url: string,
  body: Buffer,
  headers: Record<string, string>,
): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const call = request(`${url}/v1/chat/completions`, { method: 'POST', headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode!,
          headers: answer.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}

async function metric(metricsUrl: string, name: string): Promise<number | undefined> {
  const families = parseMetrics(await (await fetch(metricsUrl)).text());
  return families.flatMap(({ samples }) => samples).find((it) => it.name === name)?.value;
}

describe('a body that the client compressed', () => {
  it.each(CODINGS)('%s: is routed by and goes on plain', async (coding, encode) => {
    await using engine = await startUpstream((_request, response) => response.end('{}'));
    await using gateway = await startGateway(engine);
    const headers = { 'content-encoding': coding, 'content-digest': 'sha-256=:AAAA:' };
    const first = await send(gateway.url, encode(Buffer.from(chat)), headers);
    expect(first.headers['x-kvcache-reason']).toBe('no-holder');
    const again = await send(gateway.url, Buffer.from(chat), {});
    expect(again.headers['x-kvcache-reason']).toBe('prefix-hit');
    expect(engine.bodies[0]).toBe(chat);
    const seen = engine.seen[0]!.headers;
    expect(seen['content-length']).toBe(String(chat.length));
    if (coding !== 'identity') {
      expect(seen['content-encoding']).toBeUndefined();
      expect(seen['content-digest']).toBeUndefined();
    }
  });

  const bomb = zlib.gzipSync(Buffer.alloc(8 * 1024 * 1024, 'a'));
  it.each([
    ['of an unknown coding', 'compress', Buffer.from(chat), 'prefix'],
    ['of an unknown coding, unreadable', 'compress', zlib.gzipSync(chat), 'encoded'],
    ['that is not what it says', 'gzip', zlib.brotliCompressSync(chat), 'encoded'],
    ['that is cut off', 'gzip', zlib.gzipSync(chat).subarray(0, -20), 'encoded'],
    ['that is a bomb', 'gzip', bomb, 'encoded'],
    ['that is a bomb in a bomb', 'gzip, gzip', zlib.gzipSync(bomb), 'encoded'],
    ['of too many codings', 'gzip,gzip,gzip,gzip', zlib.gzipSync(chat), 'encoded'],
  ])('%s: goes on as it is, with a reason', async (_what, coding, body, reason) => {
    await using engine = await startUpstream((_request, response) => response.end('{}'), 'latin1');
    await using gateway = await startGateway(engine);
    const answer = await send(gateway.url, body, { 'content-encoding': coding });
    expect(answer.status).toBe(200);
    // A body that is JSON all the same can be routed by.
    expect(answer.headers['x-kvcache-reason']).toBe(reason === 'prefix' ? 'no-holder' : reason);
    expect(engine.bodies[0]).toBe(body.toString('latin1'));
    expect(engine.seen[0]!.headers['content-encoding']).toBe(coding);
  });
});

describe('an answer that the engine compressed', () => {
  const json = Buffer.from(JSON.stringify({ choices: [{ text: 'x'.repeat(500) }], usage }));
  const stream = Buffer.from(
    'data: {"choices":[{"delta":{"content":"word"}}]}\n\n'.repeat(50) +
      `data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`,
  );

  it.each(
    CODINGS.flatMap(([name, encode]) => [
      [name, 'application/json', encode(json)] as const,
      [name, 'text/event-stream', encode(stream)] as const,
    ]),
  )('%s %s: its usage is read and nothing of it touched', async (coding, type, body) => {
    await using engine = await startUpstream((_request, response) => {
      response.writeHead(200, { 'content-type': type, 'content-encoding': coding });
      // In pieces, as it is made.
      for (let at = 0; at < body.length; at += 37) response.write(body.subarray(at, at + 37));
      response.end();
    });
    await using gateway = await startGateway(engine);
    const answer = await send(gateway.url, Buffer.from(chat), { 'accept-encoding': 'gzip, br' });
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(sha(answer.body)).toBe(sha(body));
    const read = async () => await metric(gateway.metricsUrl!, 'pixiu_llm_prompt_tokens_total');
    expect(await pollUntil(read, { clock: systemClock, deadlineMs: 5_000 })).toBe(321);
  });

  it.each([
    ['cut off', async () => (await gzip(json)).subarray(0, -12)],
    ['of an unknown coding', () => Promise.resolve(json)],
    ['a bomb', () => gzip(Buffer.concat([json, Buffer.alloc(80 * 1024 * 1024)]))],
  ])('%s: unknown is not zero, and the client gets it as it is', async (what, make) => {
    const body = await make();
    await using engine = await startUpstream((_request, response) => {
      const coding = what === 'of an unknown coding' ? 'compress' : 'gzip';
      response.writeHead(200, { 'content-encoding': coding, 'content-length': body.length });
      response.end(body);
    });
    await using gateway = await startGateway(engine);
    const answer = await send(gateway.url, Buffer.from(chat), {});
    expect(sha(answer.body)).toBe(sha(body));
    const isDone = async () =>
      (await metric(gateway.metricsUrl!, 'kvcache_requests_total')) ?? undefined;
    expect(await pollUntil(isDone, { clock: systemClock, deadlineMs: 5_000 })).toBe(1);
    expect(await metric(gateway.metricsUrl!, 'pixiu_llm_prompt_tokens_total')).toBeUndefined();
  });
});

function sha(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
