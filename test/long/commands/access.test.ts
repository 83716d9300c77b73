import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kvcache } from '../../helpers/exec.ts';
import { startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';
import { CERTIFICATE, startTlsFront, type TlsFront } from '../../helpers/tls-front.ts';

const cwd = mkdtempSync(join(tmpdir(), 'access-'));
const SECRET = 's3cret-value';
let fleet: TestFleet;
let front: TlsFront;

beforeAll(async () => {
  writeFileSync(join(cwd, 'ca.pem'), CERTIFICATE);
  fleet = await startTestFleet({ engines: [{ count: 1, profile: 'instant' }] });
  front = await startTlsFront(fleet.urls.engines[0]!, ['x-api-key', SECRET]);
});
afterAll(async () => {
  front.close();
  await fleet.close();
});

const key = ['--header', `X-Api-Key: ${SECRET}`];
const trust = ['--cacert', 'ca.pem'];
const quickly = ['--requests', '4', '--warmup', '0', '--workload', 'fixed'];

describe('an engine behind TLS that asks for a key', () => {
  it.each([
    [['request', '--model', 'auto', '--url'], ['-v']],
    [
      ['load', '--url'],
      [...quickly, '--samples', 'samples.ndjson', '-v'],
    ],
    [
      ['doctor', '--gateway'],
      ['-v', '--json'],
    ],
  ])('%j: let in, and the key never told', async (command, more) => {
    const done = await kvcache([...command, front.url, ...key, ...trust, ...more], { cwd });
    // What is to be said of one mock engine is not the question here.
    expect(done.stdout + done.stderr).not.toMatch(/TLS|403|UNAUTHORIZED/);
    expect([0, 1, 4, 5]).toContain(done.code);
    expect(done.stdout + done.stderr).not.toContain(SECRET);
  });

  it('is not believed without its authority, and the remedy names the flag', async () => {
    const done = await kvcache(['request', '--url', front.url, '--model', 'm', ...key], { cwd });
    expect(done.code).toBe(3);
    expect(done.stderr).toMatch(/--cacert|UNREACHABLE/);
  });

  it('is believed with --insecure, loudly', async () => {
    const args = [
      'request',
      '--url',
      front.url,
      '--model',
      'mock-model',
      ...key,
      '--insecure',
      '-q',
    ];
    const done = await kvcache(args, { cwd });
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('WARNING --insecure')]);
  });

  it('is not asked through a proxy', async () => {
    const env = { https_proxy: 'http://127.0.0.1:9' };
    const done = await kvcache(['load', '--url', 'https://engine.example', ...quickly], {
      cwd,
      env,
    });
    expect([done.code, done.stderr]).toEqual([2, expect.stringContaining('[PROXY_UNSUPPORTED]')]);
  });
});

describe('a dry run', () => {
  it.each([
    [
      ['verify', '--quick', '--seed', '7', '--vllm', 'URL', '--gateway', 'URL'],
      [/gateway +http/, /arms A B C D N, 8 rounds of 12/, /1,032 chat requests/],
    ],
    [
      ['load', '--rate', '10', '--arrivals', 'constant', '--duration', '10s', '--url', 'URL'],
      [/100 requests, and 20 before them/, /92,160 tokens/, /time +9.9 s/],
    ],
    [
      ['load', '--requests', '50', '--concurrency', '4', '--url', 'URL'],
      [/50 requests, and 8 before them/, /as long as the server takes/],
    ],
  ])('%j tells what it would send, and sends nothing', async (args, says) => {
    let connections = 0;
    const server = createServer(() => connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const given = args.map((it) => (it === 'URL' ? url : it));
    const done = await kvcache([...given, ...key, '--dry-run'], { cwd });
    server.close();
    expect([done.code, done.stderr, connections]).toEqual([0, '', 0]);
    for (const pattern of says) expect(done.stdout).toMatch(pattern);
    expect(done.stdout).toContain('x-api-key');
    expect(done.stdout).not.toContain(SECRET);
  });
});
