import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleConfig } from '../../../src/stack/gateway-config.ts';
import { freePort } from '../../../src/stack/free-ports.ts';
import { finished, kvcache, ROOT } from '../../helpers/exec.ts';
import { type StandIn, startController, startEngine } from '../../helpers/stand-ins.ts';

interface Backends {
  controller: string;
  a: string;
  b: string;
}

const hasTools = ['bash', 'curl', 'grep'].every(
  (tool) => spawnSync(tool, ['--version']).status === 0,
);
const script = join(ROOT, 'fixtures/children/old-sample.sh');
const path = mkdtempSync(join(tmpdir(), 'kvcache-path-'));
const mocks: ChildProcess[] = [];
const standIns: StandIn[] = [];
let ours: Backends;
let theirs: Backends;

async function startMock(args: readonly string[]): Promise<string> {
  const argv = [
    join(ROOT, 'dist/mocks/main.js'),
    ...args,
    '--dialect',
    'parity',
    '--addr',
    '127.0.0.1:0',
  ];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  mocks.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return (JSON.parse(line.toString()) as { url: string }).url;
}

beforeAll(async () => {
  symlinkSync(join(ROOT, 'bin/kvcache.js'), join(path, 'pixiu'));
  const [controller, a, b] = await Promise.all([
    startMock(['controller']),
    startMock(['engine', '--role', 'a']),
    startMock(['engine', '--role', 'b']),
  ]);
  ours = { controller, a, b };
  standIns.push(
    await startController(),
    await startEngine('mock-llm-a'),
    await startEngine('mock-llm-b'),
  );
  theirs = { controller: standIns[0]!.url, a: standIns[1]!.url, b: standIns[2]!.url };
});

afterAll(() => {
  for (const child of mocks) child.kill('SIGKILL');
  for (const standIn of standIns) standIn.close();
});

describe.skipIf(!hasTools)('a script that starts `pixiu`, a symlink to our bin', () => {
  it.each([
    ['our three mocks', [] as const],
    ['another controller', ['controller'] as const],
    ['another engine A', ['a'] as const],
    ['another engine B', ['b'] as const],
    ['nothing of ours but the gateway', ['controller', 'a', 'b'] as const],
  ])('passes against %s', async (_who, replaced) => {
    const backends = { ...ours };
    for (const name of replaced) backends[name] = theirs[name];
    const { controller, a, b } = backends;
    const workDir = mkdtempSync(join(tmpdir(), 'kvcache-sample-'));
    const port = await freePort();
    const config = sampleConfig({
      listen: { host: '127.0.0.1', port },
      metricPort: 0,
      controller: { url: controller },
      engines: [{ url: a }, { url: b }],
    });
    writeFileSync(join(workDir, 'conf.yaml'), config);
    const child = spawn(script, [], {
      env: {
        PATH: `${path}:${process.env['PATH']}`,
        PIXIU_CONFIG: join(workDir, 'conf.yaml'),
        PIXIU_URL: `http://127.0.0.1:${port}`,
        LMCACHE_ADMIN: controller,
        ENGINE_A_ADMIN: a,
        ENGINE_B_ADMIN: b,
        WORK_DIR: workDir,
      },
    });
    const result = await finished(child);
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(result.stdout).toMatch(/^PASS$/m);
  });
});

it('finds the symlink on PATH with --gateway pixiu', async () => {
  const env = { PATH: `${path}:${process.env['PATH']}` };
  const result = await kvcache(['run', 'mock', '--ports', 'auto', '--gateway', 'pixiu'], { env });
  expect([result.code, result.stderr]).toEqual([0, '']);
  expect(result.stdout).toMatch(/^pixiu gateway +http/m);
});
