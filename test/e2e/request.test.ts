import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { kvcache } from '../helpers/exec.ts';
import { type StandIn, startController, startEngine } from '../helpers/stand-ins.ts';

interface RequestDocument {
  outcome: string;
  exitCode: number;
  checks: { id: string; outcome: string; actual: string }[];
  requests: Record<string, unknown>[];
  stats: { controller: Record<string, unknown> } | null;
}

const standIns: StandIn[] = [];
const servers: Server[] = [];

afterEach(() => {
  for (const standIn of standIns.splice(0)) standIn.close();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The sample's environment, an engine standing in for the gateway. */
async function mockEnvironment(): Promise<Record<string, string>> {
  const controller = await startController();
  const a = await startEngine('mock-llm-a');
  const b = await startEngine('mock-llm-b');
  standIns.push(controller, a, b);
  return {
    PIXIU_URL: b.url,
    CONTROLLER_URL: controller.url,
    ENGINE_A_URL: a.url,
    ENGINE_B_URL: b.url,
  };
}

/** An answer that names nobody and says nothing of caches. */
const ANSWER = JSON.stringify({
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
});

async function answerTo(
  request: IncomingMessage,
  response: ServerResponse,
  take: (body: string) => void,
): Promise<void> {
  take(await text(request));
  response.end(ANSWER);
}

/** A server that lists one model and answers chats as the test wants. */
function serveChat(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  return serve((request, response) => {
    if (request.url !== '/v1/models') return answer(request, response);
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'served-model' }] }));
  });
}

const json = (result: { stdout: string }): RequestDocument =>
  JSON.parse(result.stdout) as RequestDocument;

describe('mock mode', () => {
  it('resets, sends twice, shows bodies and the three stats', async () => {
    const env = await mockEnvironment();
    await fetch(`${env['ENGINE_B_URL']}/v1/chat/completions`, { method: 'POST', body: '{}' });
    const result = await kvcache(['request', '-v'], { env });
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(result.stdout.match(/^[12] +200 +mock-llm-b +– /gm)).toHaveLength(2);
    expect(result.stdout.match(/"content":"stand-in mock-llm-b"/g)).toHaveLength(2);
    expect(result.stdout).toMatch(/^engine B +\{.*"chat_calls":2,/m);
    expect(result.stdout).toMatch(/^controller +\{"lookup_calls":0,/m);
  });

  it('tells each request in a row, and what was answered only with --verbose', async () => {
    const env = await mockEnvironment();
    const { stdout } = await kvcache(['request'], { env });
    expect(stdout).toMatch(/^target +http.*\nmodel +mock-model\nworkload +one prompt of /);
    expect(stdout.match(/^[12] +200 /gm)).toHaveLength(2);
    expect(stdout).not.toMatch(/"content"|lookup_calls/);
  });

  it('says where its settings come from', async () => {
    const env = await mockEnvironment();
    const result = await kvcache(['request', '-v', '-n', '1'], { env });
    expect(result.stdout).toContain(`target    ${env['PIXIU_URL']} (PIXIU_URL)`);
    expect(result.stdout).toContain('model     mock-model (default)');
  });

  it.each([
    ['mock-llm-b', 0, 'pass'],
    ['mock-llm-a', 1, 'fail'],
  ])('--expect-served-by %s exits with %d', async (id, exitCode, outcome) => {
    const env = await mockEnvironment();
    const result = await kvcache(['request', '--expect-served-by', id, '--json'], { env });
    expect(result.code).toBe(exitCode);
    expect(json(result)).toMatchObject({ schema: 'kvcache.request/v1', outcome, exitCode });
    expect(json(result).checks.find((check) => check.id === 'served-by')).toMatchObject({
      outcome,
      actual: 'mock-llm-b (body served_by)',
    });
    expect(json(result).stats?.controller).toMatchObject({ preferred_endpoint: 'mock-llm-b' });
  });
});

describe('real mode', () => {
  it('names the header that names the engine, and passes cached tokens on', async () => {
    const url = await serve((_request, response) =>
      response.setHeader('x-inference-pod', 'pod-7').end(
        JSON.stringify({
          ...(JSON.parse(ANSWER) as object),
          usage: { prompt_tokens: 300, prompt_tokens_details: { cached_tokens: 256 } },
        }),
      ),
    );
    const args = ['request', '--url', url, '--model', 'm', '--json'];
    const result = await kvcache([...args, '--expect-cached-tokens', '256']);
    expect(result.code).toBe(0);
    expect(json(result).requests).toEqual([
      expect.objectContaining({
        servedBy: { endpoint: 'pod-7', source: 'header x-inference-pod' },
        promptTokens: 300,
        cachedTokens: 256,
        ttftMs: null,
      }),
    ]);
    expect(json(result).stats).toBeNull();
    expect((await kvcache([...args, '--expect-cached-tokens', '257'])).code).toBe(1);
  });

  it('does not take silence for an answer: inconclusive', async () => {
    const url = await serve((_request, response) => response.end(ANSWER));
    const args = ['request', '--url', url, '--model', 'm', '--json', '--expect-served-by', 'a'];
    const result = await kvcache([...args, '--expect-cached-tokens', '0']);
    expect(result.code).toBe(4);
    expect(json(result).checks.map(({ outcome }) => outcome)).toEqual([
      'pass',
      'inconclusive',
      'inconclusive',
    ]);
  });

  it('streams, and shows when the first token came', async () => {
    const chunks = [
      { choices: [{ delta: { role: 'assistant', content: '' } }] },
      { choices: [{ delta: { content: 'Hello' } }] },
      { choices: [], usage: { prompt_tokens: 9, prompt_tokens_details: { cached_tokens: 0 } } },
    ];
    let asked: unknown;
    const stream = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      asked = JSON.parse(await text(request));
      response.setHeader('content-type', 'text/event-stream');
      for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\r\n\r\n`);
      response.end('data: [DONE]\r\n\r\n');
    };
    const url = await serveChat((request, response) => void stream(request, response));
    const result = await kvcache(
      ['request', '--url', url, '--stream', '--max-tokens', '5', '-f', '-', '--json'],
      { input: 'from stdin' },
    );
    expect(result.code).toBe(0);
    expect(asked).toEqual({
      model: 'served-model',
      messages: [{ role: 'user', content: 'from stdin' }],
      max_tokens: 5,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    });
    const [request] = json(result).requests;
    expect(request).toMatchObject({ cachedTokens: 0, promptTokens: 9 });
    expect(request!['ttftMs']).toBeGreaterThan(0);
    expect(request!['ttftMs']).toBeLessThanOrEqual(request!['latencyMs'] as number);
  });

  it.each(['', '/', '/v1', '/v1/', '/v1/chat/completions'])(
    'takes %j behind the host for the same base, asks for the model and bounds the answer',
    async (path) => {
      let asked: unknown;
      const url = await serveChat((request, response) => {
        void answerTo(request, response, (sent) => {
          asked = { path: request.url, ...(JSON.parse(sent) as object) };
        });
      });
      const result = await kvcache(['request', '--url', `${url}${path}`, '-v']);
      expect(result.code).toBe(0);
      expect(result.stdout).toContain('model     served-model (/v1/models)');
      expect(asked).toMatchObject({
        path: '/v1/chat/completions',
        model: 'served-model',
        max_tokens: 16,
      });
    },
  );

  it.each([
    ['cut', 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n', /without \[DONE\]/],
    [
      'an error',
      'data: {"error":{"message":"out of memory"}}\n\ndata: [DONE]\n\n',
      /out of memory/,
    ],
  ])('does not take a stream that was %s for an answer', async (_, body, problem) => {
    const url = await serve((_request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.end(body);
    });
    const result = await kvcache(['request', '--url', url, '--model', 'm', '--stream', '--json']);
    expect(result.code).toBe(1);
    expect(json(result).checks[0]).toMatchObject({
      outcome: 'fail',
      actual: 'HTTP 200 (protocol)',
      evidence: expect.stringMatching(problem),
    });
  });

  it('sends the API key of a variable, and shows it to nobody', async () => {
    const url = await serve((request, response) => {
      const isKnown = request.headers.authorization === 'Bearer s3cret';
      response.writeHead(isKnown ? 200 : 401).end(ANSWER);
    });
    const args = [
      'request',
      '--url',
      url,
      '--model',
      'm',
      '--api-key-env',
      'MY_KEY',
      '-v',
      '--json',
    ];
    const result = await kvcache(args, { env: { MY_KEY: 's3cret' } });
    expect(result.code).toBe(0);
    expect(result.stdout + result.stderr).not.toContain('s3cret');
    expect((await kvcache(args, { env: { MY_KEY: 'wrong' } })).code).toBe(1);
    expect((await kvcache(args)).stderr).toContain('[API_KEY_MISSING]');
  });

  it('reads the prompt from a file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'kvcache-e2e-')), 'prompt.txt');
    await writeFile(file, 'from a file');
    let body = '';
    const url = await serve((request, response) => {
      void answerTo(request, response, (sent) => (body = sent));
    });
    await kvcache(['request', '--url', url, '--model', 'm', '-f', file]);
    expect(body).toContain('from a file');
    const missing = await kvcache(['request', '--url', url, '--model', 'm', '-f', `${file}.no`]);
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('[FILE_UNREADABLE]'),
    ]);
  });

  it('exits 3 when nobody listens, without the password of the URL', async () => {
    const args = ['request', '--url', 'http://me:hush@127.0.0.1:1', '--json'];
    for (const more of [[], ['--model', 'm']]) {
      const result = await kvcache([...args, ...more]);
      expect(result.code).toBe(3);
      expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'UNREACHABLE' } });
      expect(result.stdout + result.stderr).not.toContain('hush');
    }
  });
});
