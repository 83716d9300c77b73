import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { KvcacheError } from '../../src/base/errors.ts';
import { withOnePrompt } from '../../src/load/one-prompt.ts';
import { callHttp } from '../../src/net/call.ts';
import { EngineClient } from '../../src/net/engine-client.ts';
import { type AccessFlags, accessOf, accessVariables } from '../../src/target/access.ts';
import { vllmHabits } from '../helpers/engine-kinds.ts';
import { startEngineStandIn } from '../helpers/engine-stand-in.ts';
import { CERTIFICATE, startTlsFront } from '../helpers/tls-front.ts';

const running: { close: () => void }[] = [];
afterEach(() => {
  for (const it of running.splice(0)) it.close();
});

const env = { KEY: 'k1' };

async function folderWith(pem: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'access-'));
  await writeFile(join(folder, 'ca.pem'), pem);
  return folder;
}

function errorOf(flags: AccessFlags, cwd = '.'): KvcacheError {
  try {
    accessOf(flags, { env, cwd });
  } catch (error) {
    if (error instanceof KvcacheError) return error;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('headers', () => {
  it('come with the key, names in lower case, blanks around the value left out', () => {
    const header = ['X-Route:  blue ', 'Host: llm.example', 'x-empty-ish:\t7'];
    expect(accessOf({ apiKeyEnv: 'KEY', header }, { env, cwd: '.' }).headers).toEqual({
      authorization: 'Bearer k1',
      'x-route': 'blue',
      host: 'llm.example',
      'x-empty-ish': '7',
    });
  });

  it.each([
    ['s3cret', 'A --header is not a name, a colon and a value.'],
    [': s3cret', 'A --header is not a name, a colon and a value.'],
    ['x key: s3cret', 'A --header is not a name, a colon and a value.'],
    ['x-key:', 'A --header gives x-key no value, or one with characters that HTTP forbids.'],
    [
      'x-key: s3cret\r\nx: y',
      'A --header gives x-key no value, or one with characters that HTTP forbids.',
    ],
    [
      'x-key: s3cret→',
      'A --header gives x-key no value, or one with characters that HTTP forbids.',
    ],
    [
      'Content-Length: 7',
      'A --header must not set content-length, which follows from the request.',
    ],
    [
      'transfer-encoding: chunked',
      'A --header must not set transfer-encoding, which follows from the request.',
    ],
    [
      'Authorization: Basic s3cret',
      'A --header gives authorization a second value beside --api-key-env.',
    ],
  ])('%j is refused, and its value never told', (text, message) => {
    const error = errorOf({ apiKeyEnv: 'KEY', header: [text] });
    expect(error).toMatchObject({ code: 'HEADER_FLAG_INVALID', kind: 'usage', message });
  });

  it('are not given twice', () => {
    expect(errorOf({ header: ['x-a: 1', 'X-A: 2'] }).message).toBe(
      'A --header gives x-a a second value.',
    );
  });
});

describe('certificates', () => {
  it.each([
    ['nothing of the kind', 'hello'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n'],
    ['a broken one', CERTIFICATE.replace(/\n.{20}/, '\n')],
    ['a good one and a broken one', CERTIFICATE + CERTIFICATE.replace(/\n.{20}/, '\n')],
  ])('are not read from a file with %s', async (_, pem) => {
    const cwd = await folderWith(pem);
    expect(errorOf({ cacert: 'ca.pem' }, cwd)).toMatchObject({
      code: 'CACERT_INVALID',
      where: 'ca.pem',
    });
  });

  it('of a missing file are an error of its own', () => {
    expect(errorOf({ cacert: 'nowhere.pem' }).code).toBe('FILE_UNREADABLE');
  });

  const ways: [string, (cwd: string) => AccessFlags, boolean][] = [
    ['nothing said', () => ({}), false],
    ['--cacert', () => ({ cacert: 'ca.pem' }), true],
    ['--insecure', () => ({ insecure: true }), true],
    ['both', () => ({ cacert: 'ca.pem', insecure: true }), true],
  ];
  it.each(ways)('of a private authority, with %s, by every client', async (_, flagsIn, isLetIn) => {
    const engine = await startEngineStandIn(vllmHabits());
    const front = await startTlsFront(engine.url, ['x-api-key', 's3cret']);
    running.push(engine, front);
    const cwd = await folderWith(CERTIFICATE);
    const access = accessOf({ ...flagsIn(cwd), header: ['x-api-key: s3cret'] }, { env, cwd });
    const { url } = front;
    const [call, client] = await Promise.allSettled([
      callHttp({ url: `${url}/v1/models`, ...access, timeoutMs: 5_000 }),
      tokensBy(url, access),
    ]);
    const asked = { url, prompt: 'hi', model: 'm', stream: true, maxTokens: 1, timeoutMs: 5_000 };
    const setting = { clock: systemClock };
    const [chat] = await Promise.allSettled([
      withOnePrompt({ ...asked, access }, setting, (send) => send()),
    ]);
    const statuses = [call, client, chat].map(({ status }) => status);
    expect(statuses).toEqual(Array(3).fill(isLetIn ? 'fulfilled' : 'rejected'));
    if (!isLetIn) return;
    expect(front.seen.map(({ path }) => path).toSorted()).toEqual([
      '/tokenize',
      '/v1/chat/completions',
      '/v1/models',
    ]);
    for (const { headers } of front.seen) expect(headers['x-api-key']).toBe('s3cret');
  });

  it('are judged alike by a gateway that we start', () => {
    expect(accessVariables({}, '/w')).toEqual({});
    expect(accessVariables({ cacert: 'ca.pem', insecure: true }, '/w')).toMatchObject({
      NODE_EXTRA_CA_CERTS: '/w/ca.pem',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
  });
});

async function tokensBy(baseUrl: string, access: ReturnType<typeof accessOf>): Promise<unknown> {
  const client = new EngineClient({ baseUrl, clock: systemClock, access, connectionsMax: 1 });
  try {
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
    return await client.tokenize(body, { timeoutMs: 5_000 });
  } finally {
    await client.close();
  }
}
