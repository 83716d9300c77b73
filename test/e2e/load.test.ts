import { createServer } from 'node:http';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hash32 } from '../../src/base/random.ts';
import { commonPrefix } from '../../src/load/prompts.ts';
import { readSamples } from '../../src/load/read-samples.ts';
import { listen } from '../../src/net/listen.ts';
import { finished, kvcache, startKvcache } from '../helpers/exec.ts';
import { ANSWER, answerJson, chatOnly, testServer } from '../integration/load-server.ts';

interface LoadDocument {
  schema: string;
  outcome: string;
  exitCode: number;
  isPartial: boolean;
  checks: { id: string; outcome: string }[];
  result: { requests: number; tokens: { prefixHitRate: number | null } };
  certificate: { tokenizer: string };
}

/** As vLLM answers, a word a token. */
function tokenized(body: string): string {
  const { messages } = JSON.parse(body) as { messages: { content: string }[] };
  const tokens = messages.flatMap(({ content }) => content.split(' ')).map((word) => hash32(word));
  return JSON.stringify({ count: tokens.length, max_model_len: 4096, tokens });
}

describe('kvcache load', () => {
  let folder: string;
  let samples: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-load-'));
    samples = join(folder, 'run.ndjson');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('measures, keeps every sample and prints one document', async () => {
    await using server = await chatOnly();
    const done = await kvcache([
      'load',
      '--url',
      server.url,
      '--model',
      'm',
      '--requests',
      '30',
      '--json',
      '--threshold',
      'hit_rate >= 30%',
      '--samples',
      samples,
    ]);
    const document = JSON.parse(done.stdout) as LoadDocument;
    expect(document).toMatchObject({
      schema: 'kvcache.load/v1',
      isPartial: false,
      result: { requests: 30, tokens: { prefixHitRate: 0.64 } },
      certificate: { tokenizer: 'estimate' },
    });
    expect(document.exitCode).toBe(done.code);
    const outcomeOf = (id: string) => document.checks.find((check) => check.id === id)?.outcome;
    expect(outcomeOf('requests-succeed')).toBe('pass');
    expect(outcomeOf('threshold-hit-rate')).toBe('pass');
    const rows = [];
    for await (const row of readSamples(samples)) rows.push(row);
    expect(rows.filter(({ phase }) => phase === 'measure')).toHaveLength(30);
    const prompts = server.bodies.flatMap((body) => body.messages?.map((m) => m.content) ?? []);
    // Warm-up and measured prompts, all different from the first words on.
    const openings = prompts.map((prompt) => prompt.split(' ').slice(0, 8).join(' '));
    expect(new Set(openings).size).toBe(openings.filter((it) => it !== 'probe').length + 1);
  });

  it('rejects a bad threshold before the first request', async () => {
    await using server = await chatOnly();
    const done = await kvcache([
      'load',
      '--url',
      server.url,
      '--model',
      'm',
      '--threshold',
      'latency.p95 < 5',
    ]);
    expect(done).toMatchObject({ code: 2, stdout: '' });
    expect(done.stderr).toContain('THRESHOLD_INVALID');
    expect(server.bodies).toHaveLength(0);
  });

  it('fails with 3 when nothing answers or every request fails', async () => {
    const refused = await kvcache(['load', '--url', 'http://127.0.0.1:1', '--model', 'm']);
    expect(refused.code).toBe(3);
    await using server = await testServer((response) => {
      response.statusCode = 401;
      response.end('{"error":"Unauthorized"}');
    });
    const failing = await kvcache(['load', '--url', server.url, '--model', 'm', '--json']);
    expect(failing.code).toBe(3);
    expect(JSON.parse(failing.stdout)).toMatchObject({ outcome: 'error' });
  });

  it('quotes the first failure, and says where failures count', async () => {
    await using server = await testServer((response) => {
      response.statusCode = 404;
      response.end('{"error":{"message":"The model `nope` does not exist."}}');
    });
    const args = ['load', '--url', server.url, '--model', 'nope', '--requests', '3'];
    const shown = await kvcache(args);
    expect(shown.stdout).toContain('0 succeeded, 0/s; failed: http 3');
    expect(shown.stdout).toContain(
      'http 3 (the first: HTTP 404 "The model `nope` does not exist.")',
    );
    expect(shown.stdout).toContain('No times: no request succeeded.');
    expect(shown.stdout).not.toMatch(/(mean|p50) 60 s/);
    const document = JSON.parse((await kvcache([...args, '--json'])).stdout) as object;
    expect(document).toMatchObject({
      failures: [
        { failure: 'http', count: 3, status: 404, problem: 'The model `nope` does not exist.' },
      ],
    });
  });

  it('replays what a trace shares, with the tokens per id that its lengths tell', async () => {
    await using server = await chatOnly();
    const trace = join(folder, 'bailian.jsonl');
    const row = (chat_id: number, at: number, hash_ids: number[]) =>
      JSON.stringify({ chat_id, timestamp: at, input_length: 64, output_length: 2, hash_ids });
    const rows = [row(1, 5, [1, 2, 3, 4]), row(2, 5.01, [1, 2, 9, 10]), row(3, 5.02, [7, 8, 5, 6])];
    writeFileSync(trace, rows.join('\r\n'));
    const args = ['load', '--url', server.url, '--model', 'm', '--warmup', '0', '--trace', trace];
    const done = await kvcache(args);
    expect(done.stdout).toContain('Bailian trace, 16 tokens per id');
    // The first body asked whether there is a tokenizer.
    const prompts = server.bodies.slice(1).map(({ messages }) => messages[0]!.content.split(' '));
    const [a, b, c] = prompts.map((words) => words.map((word) => hash32(word)));
    const shared = [commonPrefix(a!, b!), commonPrefix(a!, c!), commonPrefix(b!, c!)];
    expect(shared.sort((left, right) => left - right)).toEqual([0, 0, 32]);
    const refused = await kvcache([...args, '--tokens-per-id', '512']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`${trace}:1:1`);
  });

  it('certifies prompts in the blocks of the engine', async () => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        response.end(
          request.url === '/metrics'
            ? 'vllm:cache_config_info{block_size="128",num_gpu_blocks="1000"} 1\n'
            : request.url === '/tokenize'
              ? tokenized(body)
              : ANSWER,
        );
      });
    });
    const { url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'engine');
    const words = [
      '--workload',
      'shared-prefix',
      '--shared-tokens',
      '512',
      '--prompt-tokens',
      '600',
    ];
    const args = ['load', '--url', `${url}/v1/`, '--model', 'm', '--requests', '8', ...words];
    const { stdout } = await kvcache([...args, '--warmup', '0', '--json']);
    server.close();
    expect(JSON.parse(stdout)).toMatchObject({
      certificate: {
        tokenizer: 'engine',
        blockTokens: 128,
        expectedHitTokens: 512,
        expectedChunkTokens: 512,
      },
    });
  });

  it.each([
    ['UNAUTHORIZED', 401, '{"error":"Unauthorized"}', '--api-key-env'],
    ['REDIRECTED', 307, '', 'redirects are not followed'],
    ['NOT_JSON', 200, '<html>login</html>', 'login page'],
    ['MODEL_UNKNOWN', 200, '{"data":[]}', '--model'],
  ])('says %s before the first request', async (code, status, text, remedy) => {
    const server = createServer((_, response) => response.writeHead(status).end(text));
    const { url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'odd server');
    const result = await kvcache(['load', '--url', url, '--json']);
    server.close();
    expect(result.code).toBe(3);
    expect(JSON.parse(result.stdout)).toMatchObject({ outcome: 'error', error: { code } });
    expect(result.stderr).toContain(remedy);
  });

  it('tells a failed TLS handshake from a server that is not there', async () => {
    await using server = await testServer((response) => answerJson(response));
    const url = server.url.replace('http:', 'https:');
    for (const model of ['auto', 'm']) {
      const result = await kvcache(['load', '--url', url, '--model', model]);
      expect(result.code).toBe(3);
      expect(result.stderr).toContain('TLS_FAILED');
    }
  });

  it('reports what it has when interrupted, and says it is partial', async () => {
    let child: ReturnType<typeof startKvcache> | undefined;
    await using server = await testServer((response, request, index) => {
      if (index === 20) child!.kill('SIGINT');
      if (request.url === '/v1/chat/completions' && index <= 20) answerJson(response);
      else if (index <= 20) response.writeHead(404).end();
    });
    child = startKvcache([
      'load',
      '--url',
      server.url,
      '--model',
      'm',
      '--duration',
      '60s',
      '--json',
    ]);
    const done = await finished(child);
    expect(done.code).toBe(130);
    const document = JSON.parse(done.stdout) as LoadDocument;
    expect(document).toMatchObject({ isPartial: true, exitCode: 130 });
    expect(document.outcome).not.toBe('pass');
  });

  it('leaves in the file what it reported, even when killed', async () => {
    let child: ReturnType<typeof startKvcache> | undefined;
    await using server = await testServer((response, request) => {
      if (request.url === '/v1/chat/completions') answerJson(response);
      else response.writeHead(404).end();
    });
    child = startKvcache([
      'load',
      '--url',
      server.url,
      '--model',
      'm',
      '--duration',
      '60s',
      '--samples',
      samples,
      '--rate',
      '100',
    ]);
    let reported = 0;
    let text = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const line = /measure .*: (\d+) done/.exec(text);
      if (line && reported === 0) {
        reported = Number(line[1]);
        child.kill('SIGKILL');
      }
    });
    await finished(child);
    expect(reported).toBeGreaterThan(0);
    expect(existsSync(samples)).toBe(true);
    const lines = readFileSync(samples, 'utf8').split('\n');
    const measured = lines.filter((line) => line.includes('"phase":"measure"')).length;
    expect(measured).toBeGreaterThanOrEqual(reported);
  });
});
