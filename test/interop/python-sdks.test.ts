import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../helpers/gateway.ts';
import { type Json, startTestFleet, type TestFleet } from '../helpers/mock-fleet.ts';
import { pythonPeer, type PythonPeer } from './python.ts';

const openai = await pythonPeer({ name: 'openai-3.57.0', packages: ['openai==3.57.0'] });
const anthropic = await pythonPeer({ name: 'anthropic-2.14.0', packages: ['anthropic==2.14.0'] });
for (const { missing } of [openai, anthropic]) {
  if (missing !== undefined) console.warn(`skipped: ${missing}`);
}

const failure = (error: string, status: number | null): object => ({ error, status });

const run = promisify(execFile);

async function facts(peer: PythonPeer, script: string, url: string): Promise<Json> {
  const python = peer.missing === undefined ? peer.python : '';
  const { stdout } = await run(python, [join(import.meta.dirname, 'peers', script), url]);
  return JSON.parse(stdout);
}

let fleet: TestFleet;
let gateway: TestGateway;
const urlOf = { engine: () => fleet.urls.engines[0]!, gateway: () => gateway.url };
const WAYS = ['engine', 'gateway'] as const;

beforeAll(async () => {
  const once503 = {
    when: { header: { 'x-case': 'once-503' }, nth: 1 },
    do: { status: { code: 503 } },
  };
  const engine = { apiKeyEnv: 'KEY' };
  fleet = await startTestFleet(
    { controller: null, engines: [engine], faults: [once503] },
    undefined,
    {
      KEY: 'sk-mock',
    },
  );
  const port = Number(new URL(urlOf.engine()).port);
  gateway = await startTestGateway({ endpoints: [{ id: 'engine-a', port }] });
});

afterAll(async () => {
  await gateway.close();
  await fleet.close();
});

const ANSWERS = {
  models: ['mock-model'],
  chat: {
    role: 'assistant',
    hasText: true,
    finish: 'length',
    tools: null,
    tokens: 4,
    'adds up': true,
  },
  stream: { 'same as whole': true, finish: 'length', tokens: 4, 'one id': true },
  'stream helper': { kinds: ['chunk', 'content.delta', 'content.done'], finish: 'stop' },
  'two choices': [0, 1],
  'two streamed': [0, 1],
  texts: [0, 1],
  'text stream': true,
  cached: { first: 0, repeat: true },
  'tools offered': null,
  json: true,
  'after retry': 'assistant',
};

const REFUSALS = {
  // vLLM has no route for a single model either.
  model: failure('NotFoundError', 404),
  'tools forced': failure('BadRequestError', 400),
  'unknown model': failure('NotFoundError', 404),
  'bad value': failure('BadRequestError', 400),
  'wrong key': failure('AuthenticationError', 401),
  'unknown path': failure('NotFoundError', 404),
  'status 403': failure('PermissionDeniedError', 403),
  'status 409': failure('ConflictError', 409),
  'status 422': failure('UnprocessableEntityError', 422),
  'status 429': failure('RateLimitError', 429),
  'status 500': failure('InternalServerError', 500),
  'error in stream': failure('APIError', null),
  'too slow': failure('APITimeoutError', null),
};

describe.skipIf(openai.missing !== undefined)('the OpenAI SDK for Python', () => {
  it.each(WAYS)('takes what it gets from the mock %s', async (way) => {
    expect(await facts(openai, 'openai_sdk.py', urlOf[way]())).toEqual({ ...ANSWERS, ...REFUSALS });
  });
});

// Nothing of ours speaks /v1/messages, so all there is to hold is what a client hears of that.
describe.skipIf(anthropic.missing !== undefined)('the Anthropic SDK for Python', () => {
  it.each(WAYS)('hears that the %s does not speak its API', async (way) => {
    const refused = failure('NotFoundError', 404);
    expect(await facts(anthropic, 'anthropic_sdk.py', urlOf[way]())).toEqual({
      message: refused,
      stream: refused,
    });
  });
});
