import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configText, served, startUpstream, type Upstream } from '../../helpers/gateway.ts';
import { configCases } from './config-cases.ts';
import { spawnGateway, type SpawnedGateway } from './rig.ts';

/** Known before the engine's port is: names and verdicts do not depend on it. */
const CASES = configCases(1).map(({ name, verdict }, at) => ({ name, verdict, at }));

/** What may stand where the config was, besides a file. */
const FILES: readonly [name: string, place: (path: string) => void][] = [
  ['a pipe', (path) => execFileSync('mkfifo', [path])],
  ['an endless device', (path) => symlinkSync('/dev/zero', path)],
  ['an empty device', (path) => symlinkSync('/dev/null', path)],
  ['a folder', (path) => mkdirSync(path)],
  ['a link to nothing', (path) => symlinkSync('/nowhere', path)],
  ['a link to itself', (path) => symlinkSync(path, path)],
  ['a file of the system', (path) => symlinkSync('/proc/self/status', path)],
];

let gateway: SpawnedGateway;
let engine: Upstream;

beforeAll(async () => {
  engine = await startUpstream(served('engine'));
  gateway = await spawnGateway(configText({ endpoints: [{ id: 'engine', port: engine.port }] }));
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await engine.close();
});

afterEach(() => gateway.check());

/** How often the gateway has said what it did with a new config. */
const verdicts = (): string[] =>
  gateway
    .log()
    .split(/^(?=\S+Z \w+ )/m)
    .filter((it) => / error the old config stays| info reloaded /.test(it));

async function judged(change: () => void, from: number): Promise<string> {
  change();
  await expect.poll(() => verdicts().length, { timeout: 60_000 }).toBeGreaterThan(from);
  return verdicts()[from]!;
}

/** The config that serves. */
async function putBack(): Promise<void> {
  const draft = join(gateway.folder, 'draft.yaml');
  writeFileSync(draft, configText({ endpoints: [{ id: 'engine', port: engine.port }] }));
  await judged(() => renameSync(draft, gateway.file), verdicts().length);
}

async function stillServes(): Promise<void> {
  const answer = await fetch(`${gateway.url}/v1/x`, { method: 'POST', body: '{}' });
  expect([answer.status, await answer.json()]).toEqual([200, { served_by: 'engine' }]);
}

it('has at least 60 cases with names of their own', () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
  expect(CASES.length).toBeGreaterThanOrEqual(60);
});

describe('a file that replaces the config in force', () => {
  it.each(CASES.map((it) => [it.name, it] as const))('%s', async (_name, { verdict, at }) => {
    const { bytes } = configCases(engine.port)[at]!;
    const draft = join(gateway.folder, 'draft.yaml');
    writeFileSync(draft, bytes);
    const line = await judged(() => renameSync(draft, gateway.file), verdicts().length);
    expect(line).toContain(verdict);
    if (verdict === 'reloaded') await putBack();
    await stillServes();
  });

  it.each(FILES)('%s', async (_name, place) => {
    await putBack();
    const line = await judged(() => {
      rmSync(gateway.file);
      place(gateway.file);
      gateway.child.kill('SIGHUP');
    }, verdicts().length);
    expect(line).toContain('the old config stays in force');
    await stillServes();
    rmSync(gateway.file, { recursive: true });
  });
});
