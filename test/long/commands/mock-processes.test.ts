import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { type ExecResult, kvcache, ROOT } from '../../helpers/exec.ts';
import { type Json, send } from '../../helpers/mock-fleet.ts';

const MAIN = join(ROOT, 'dist/mocks/main.js');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(...args: string[]): Promise<Json> {
  const child = fork(MAIN, args, { silent: true });
  children.push(child);
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ['', ''];
    child.stdout!.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes('\n')) resolve(JSON.parse(stdout.split('\n')[0]!));
    });
    child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('exit', () => reject(new Error(stderr)));
  });
}

function scratchFile(name: string, text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'kvcache-mock-')), name);
  writeFileSync(file, text);
  return file;
}

const prompt = { messages: [{ role: 'user', content: 'tree '.repeat(700) }], max_tokens: 1 };
const within = { clock: systemClock, deadlineMs: 15_000 };

describe('mocks in separate processes', () => {
  it('report what they hold to the controller, and obey it', async () => {
    const controller = await start('controller', '--addr', '127.0.0.1:0');
    const args = ['--addr', '127.0.0.1:0', '--controller', controller.url];
    const engine = await start('engine', '--id', 'engine-x', ...args);
    const registered = async (): Promise<true | undefined> =>
      (await send(`${controller.url}/controller/workers`)).json.total_count === 1
        ? true
        : undefined;
    expect(await pollUntil(registered, within)).toBe(true);
    const { tokens } = (await send(`${engine.url}/tokenize`, prompt)).json;
    await send(`${engine.url}/v1/chat/completions`, prompt);
    const held = Math.floor(tokens.length / 256) * 256;
    const layout = async (): Promise<Json> => {
      const { layout_info: info } = (await send(`${controller.url}/lookup`, { tokens })).json;
      return Object.keys(info).length > 0 ? info : undefined;
    };
    expect(await pollUntil(layout, within)).toEqual({ 'engine-x': ['LocalCPUBackend', held] });
    const at = { instance_id: 'engine-x', location: 'LocalCPUBackend' };
    expect((await send(`${controller.url}/pin`, { ...at, tokens })).json.num_tokens).toBe(held);
    // A controller that forgot everything hears of the engine again with its next store.
    await send(`${controller.url}/__mock/reset`, { scope: 'restart' });
    await send(`${engine.url}/v1/chat/completions`, {
      ...prompt,
      messages: [{ role: 'user', content: 'bush '.repeat(700) }],
    });
    expect(await pollUntil(registered, within)).toBe(true);
    expect((await send(`${controller.url}/lookup`, { tokens })).json.layout_info).toEqual({});
  });
});

describe('kvcache mock', () => {
  const FLEET = `
seed: 3
speedup: 10
model: qwen
profiles:
  tiny: { base: 8b-h100, blocks: 64, timing: { apiMs: 1 } }
controller: { api: coordinator, lagMs: 5 }
engines:
  - { id: fast, profile: tiny, port: 0 }
  - { id: slow, profile: { base: 3b-l40s, blockSize: 32 }, speedup: 0.5, port: 0, vllm: '0.10' }
faults:
  - { when: { route: /version }, do: { status: { code: 503 } } }
`;

  it('starts the fleet a file describes', async () => {
    const up = await start('up', '--fleet', scratchFile('fleet.yaml', FLEET), '--port-base', '0');
    expect(up.engines.map(({ id }: Json) => id)).toEqual(['fast', 'slow']);
    expect((await send(`${up.controller.url}/healthz`)).status).toBe(200);
    expect((await send(`${up.engines[0].url}/version`)).status).toBe(503);
    const { json } = await send(`${up.engines[1].adminUrl}/state`);
    expect(json).toMatchObject({
      model: 'qwen',
      vllm: '0.10.2',
      profile: { blockSize: 32, speedup: 5 },
    });
  });

  it.each([
    ['engines: 3', 'engines must be a list'],
    ['engines: [{ id: a }, { id: a }]', 'two are called "a"'],
    ['engines: [{ profile: nope }]', 'no engine profile "nope" is shipped'],
    ['engines: [{ profile: { blocks: many } }]', 'profile.blocks must be a whole number'],
    ['engines: [{ spede: 1 }]', 'unknown key "spede"'],
    ['controller: { api: rest }', 'controller.api must be one of'],
    ['faults:\n  - do: { omitDone: {} }\n  - do: { delay: {} }', 'fleet.yaml:3:18'],
    ['seed: [', 'not valid YAML'],
    ['- 1', 'fleet must be a map'],
    ['engines: [{ port: 7071 }, { port: 7071 }]', 'would both listen on port 7071'],
  ])('refuses the fleet %j with exit code 2', async (text, message) => {
    const result = await kvcache(['mock', 'up', '--fleet', scratchFile('fleet.yaml', text)]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toContain('    at ');
  });

  it.each([
    [['up', '--engines', '0'], '--engines must be a whole number from 1 to 1024'],
    [['up', '--role', 'a'], "Unknown option '--role'"],
    [['engine', '--dialect', 'real', '--role', 'a'], '--role belongs to --dialect parity'],
    [['up', '--dialect', 'parity', '--engines', '3'], '--engines belongs to --dialect real'],
    [['up', '--vllm', '0.1'], 'No mock engine speaks as vLLM 0.1'],
    [['up', '--api-key-env', 'NOT_SET_HERE'], '--api-key-env: the variable NOT_SET_HERE is not'],
    [['up', '--profile', 'nope'], '--profile: no engine profile "nope" is shipped'],
    [['up', '--api', 'rest'], '--api must be one of legacy'],
    [['up', '--model', ''], '--model must be text that is not empty'],
    [['up', '--fleet', 'any.yaml', '--engines', '3'], '--engines does not go with --fleet'],
    [['up', '--fleet', 'any.yaml', '--no-served-by'], '--no-served-by does not go with --fleet'],
    [['engine', '--id', '引擎'], '--id must be 1 to 128 printable ASCII characters'],
  ])('refuses %j', async (args, message) => {
    const result = await kvcache(['mock', ...args]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(message);
  });

  it('verify judges the journals of several mocks together', async () => {
    const up = await start('up', '--port-base', '0');
    const urls = up.engines.map(({ url }: Json) => url) as string[];
    for (const url of urls) await send(`${url}/v1/chat/completions`, { ...prompt });
    const rules = (max: number): string =>
      scratchFile(
        'rules.yaml',
        `- { id: one-each, where: { route: /v1/chat/completions }, count: { max: ${max} } }`,
      );
    const good = await kvcache(['mock', 'verify', ...urls, '--rules', rules(2), '--json']);
    expect([good.code, JSON.parse(good.stdout).outcome]).toEqual([0, 'pass']);
    const bad = await kvcache(['mock', 'verify', ...urls, '--rules', rules(1)]);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain('FAIL one-each: expected 0 to 1 requests, saw 2 requests');
    const gone = await kvcache(['mock', 'verify', 'http://127.0.0.1:1', '--rules', rules(1)]);
    expect(gone.code).toBe(3);
  });

  it('verify takes the admin URL of a ready line, and no mock twice', async () => {
    const up = await start('up', '--port-base', '0');
    const [{ url, adminUrl }] = up.engines;
    await send(`${url}/v1/chat/completions`, prompt);
    const rules = scratchFile('rules.json', '[{ "id": "one", "count": { "min": 1, "max": 1 } }]');
    const verify = (...urls: string[]): Promise<ExecResult> =>
      kvcache(['mock', 'verify', ...urls, '--rules', rules]);
    expect((await verify(adminUrl, up.controller.url)).code).toBe(0);
    const twice = await verify(url, adminUrl);
    expect(twice.code).toBe(2);
    expect(twice.stderr).toContain('a mock called "engine-a". [MOCK_NAME_AMBIGUOUS]');
    const noUrl = await verify('127.0.0.1:18091');
    expect(noUrl.code).toBe(2);
    expect(noUrl.stderr).toContain('[URL_INVALID]');
  });

  it('verify decides nothing by what a journal has dropped', async () => {
    const server = createServer((_request, response) => {
      response.end(JSON.stringify({ dropped: 3, entries: [] }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const rules = scratchFile('rules.yaml', '- { id: none, count: { max: 0 } }');
    const result = await kvcache([
      'mock',
      'verify',
      `http://127.0.0.1:${port}`,
      '--rules',
      rules,
      '--json',
    ]);
    server.close();
    expect([result.code, JSON.parse(result.stdout).outcome]).toEqual([4, 'inconclusive']);
  });

  it.each([
    ['- id: a\n  where:\n    header: { x-session: 7 }\n  count: { max: 0 }\n', ':3:26'],
    ['rules:\n  - id: a\n    count: { min: 3, max: 2 }\n', ':3:12'],
    ['rules:\n  - id: a\n    cuont: { max: 2 }\n', ':3:5'],
    ['- id: [a\n', ':2:1'],
  ])('verify says where the rules %j are wrong', async (text, place) => {
    const file = scratchFile('rules.yaml', text);
    const result = await kvcache(['mock', 'verify', 'http://127.0.0.1:1', '--rules', file]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`at ${file}${place}\n`);
  });
});
