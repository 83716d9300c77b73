import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kvcache, ROOT, startKvcache } from '../helpers/exec.ts';

const MAIN = join(ROOT, 'dist/mocks/main.js');

interface Ready {
  ready: boolean;
  role: string;
  id: string;
  url: string;
  pid: number;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.on('exit', (code) => reject(new Error(`exited with ${code} before it was ready`)));
  });
}

describe('mock process', () => {
  it.each([
    [
      ['controller', '--dialect', 'parity', '--addr', '127.0.0.1:0'],
      'controller',
      'mock-controller',
    ],
    [
      ['engine', '--dialect', 'parity', '--addr', '127.0.0.1:0', '--role', 'b'],
      'engine',
      'mock-llm-b',
    ],
    [['engine', '--dialect', 'parity', '--addr', '127.0.0.1:0', '--id', 'e7'], 'engine', 'e7'],
  ])('%j prints its ready line, serves, and ends with its parent', async (args, role, id) => {
    const child = fork(MAIN, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const ready = JSON.parse(await firstLine(child)) as Ready;
    expect(ready).toMatchObject({ ready: true, role, id, pid: child.pid });
    expect((await fetch(`${ready.url}/health`)).status).toBe(200);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', async (signal) => {
    const child = fork(MAIN, ['controller', '--addr', '127.0.0.1:0'], { silent: true });
    await firstLine(child);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('answers bad arguments with exit code 2 and a remedy', async () => {
    const child = fork(MAIN, ['engine', '--dialect', 'parity', '--role', 'c'], { silent: true });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(stderr).toBe(
      '--role must be one of a, b, not "c". [MOCK_ARGUMENTS_INVALID]\n  → See kvcache mock --help.\n',
    );
  });

  it('says where a fleet file is wrong', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'kvcache-mock-')), 'fleet.yaml');
    writeFileSync(file, 'seed: 1\nengines:\n  - count: 0\n');
    const child = fork(MAIN, ['up', '--fleet', file], { silent: true });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(stderr).toContain(`[FLEET_INVALID]\n  at ${file}:3:12\n  → `);
  });

  it.each([
    ['5557', 'ZMQ_ADDRESS_INVALID'],
    // A peer dependency that npm does not install by itself.
    ['tcp://127.0.0.1:0', 'ZEROMQ_MISSING'],
  ])('publishes no KV events at %j: %s', async (address, code) => {
    const place = ['--addr', '127.0.0.1:0', '--kv-events-zmq', address];
    const engine = await kvcache(['mock', 'engine', ...place]);
    expect(engine).toMatchObject({ code: 2, stdout: '' });
    expect(engine.stderr).toContain(`[${code}]`);
  });

  it('finds zeromq where its remedy says to install it', async () => {
    const NODE_PATH = mkdtempSync(join(tmpdir(), 'kvcache-node-path-'));
    mkdirSync(join(NODE_PATH, 'zeromq'));
    writeFileSync(join(NODE_PATH, 'zeromq/index.js'), '');
    const args = ['--addr', '127.0.0.1:0', '--kv-events-zmq', 'tcp://127.0.0.1:0'];
    const engine = await kvcache(['mock', 'engine', ...args], { env: { NODE_PATH } });
    expect(engine.stderr).toContain('[ZEROMQ_UNUSABLE]');
    expect(engine.stderr).toContain(NODE_PATH);
  });

  it('says which port is taken, and exits with 3', async () => {
    const first = fork(MAIN, ['controller', '--addr', '127.0.0.1:0'], { silent: true });
    const { port } = new URL((JSON.parse(await firstLine(first)) as Ready).url);
    const second = await kvcache([
      'mock',
      'controller',
      '--dialect',
      'parity',
      '--addr',
      `127.0.0.1:${port}`,
    ]);
    expect(second.code).toBe(3);
    expect(second.stderr).toContain(`port ${port}: another process has it. [PORT_TAKEN]`);
    first.kill();
    await once(first, 'exit');
  });
});

describe('kvcache mock up', () => {
  it('prints exactly one line and serves until it is told to stop', async () => {
    const child = startKvcache(['mock', 'up', '--dialect', 'parity', '--port-base', '0']);
    let stdout = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    const up = JSON.parse(await firstLine(child)) as { controller: Ready; engines: Ready[] };
    expect(up.engines.map(({ id }) => id)).toEqual(['mock-llm-a', 'mock-llm-b']);
    for (const { url } of [up.controller, ...up.engines]) {
      expect((await fetch(`${url}/health`)).status).toBe(200);
    }
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  });
});
