import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { finished, kvcache, startKvcache } from '../helpers/exec.ts';
import { startTestFleet } from '../helpers/mock-fleet.ts';

const FAST = ['--interval', '100ms', '--window', '400ms'];

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kvcache-watch-'));
  file = join(folder, 'watch.yaml');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Ids of the engines whose metrics the watch could read. */
async function seenBy(url: string): Promise<string[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const up = [...text.matchAll(/^kvcache_watch_engine_up\{engine="(\w+)"\} 1$/gm)];
  return up.map(([, id]) => id!);
}

it('watches what the file says now, keeps what it had when the file is nonsense, and ends well', async () => {
  const fleet = await startTestFleet({
    engines: [{ count: 2, profile: { base: 'instant' } }],
  });
  onTestFinished(() => fleet.close());
  const [a, b] = fleet.urls.engines;
  await writeFile(file, `engine: ["a=${a}"]\nlisten: 127.0.0.1:0\n`);
  const child = startKvcache(['watch', '--config', file, ...FAST, '--json']);
  const ended = finished(child);
  let told = '';
  child.stderr!.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  const until = async (probe: () => boolean | Promise<boolean>): Promise<void> => {
    const found = async (): Promise<true | undefined> => (await probe()) || undefined;
    await pollUntil(found, { clock: systemClock, deadlineMs: 10_000 });
  };
  await until(async () => (await seenBy(url)).join() === 'a');

  await writeFile(file, 'engine: ["a=not an address"]\n');
  child.kill('SIGHUP');
  await until(() => told.includes('what is watched stays as it was'));
  expect(await seenBy(url)).toEqual(['a']);

  // As an editor or a config map does it, without a signal.
  await writeFile(file, `engine: ["b=${b}"]\nlisten: 127.0.0.1:0\n`);
  await until(async () => (await seenBy(url)).join() === 'b');
  expect(told).toContain('watching b from now on');

  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

it('--once says that too little was seen, and what engine is down', async () => {
  const fleet = await startTestFleet({
    engines: [{ count: 1, profile: { base: 'instant' } }],
  });
  onTestFinished(() => fleet.close());
  const [a] = fleet.urls.engines;
  const fine = await kvcache(['watch', '--engine', `a=${a}`, ...FAST, '--once', '--json']);
  expect(fine.code).toBe(4);
  const gone = ['--engine', 'b=http://127.0.0.1:9'];
  const down = await kvcache(['watch', '--engine', `a=${a}`, ...gone, ...FAST, '--once', '--json']);
  expect(down.code).toBe(1);
  const document = JSON.parse(down.stdout.trim().split('\n').at(-1)!) as { alerts: object[] };
  expect(document.alerts).toMatchObject([{ alert: 'engine-down', engine: 'b' }]);
});

it('says that it knows no yesterday, follows KV events, and keeps the day', async () => {
  const fleet = await startTestFleet({
    engines: [{ count: 1, kvEvents: true, profile: { base: 'instant' } }],
  });
  onTestFinished(() => fleet.close());
  const [a] = fleet.urls.engines;
  const history = join(folder, 'day.json');
  const heard = ['--kv-events', `a=${a}/__mock/events`];
  const byDay = ['--baseline', 'yesterday', '--history', history];
  const args = ['watch', '--engine', `a=${a}`, ...heard, ...byDay, ...FAST, '--once', '--json'];
  const { code, stdout, stderr } = await kvcache(args);
  expect(code).toBe(4);
  expect(stderr).toContain('nothing is known of this time yesterday');
  const document = JSON.parse(stdout.trim().split('\n').at(-1)!) as { figures: object };
  expect(document.figures).toMatchObject({ engines: [{ id: 'a', events: 0 }] });
  expect(JSON.parse(await readFile(history, 'utf8'))).toMatchObject({
    schema: 'kvcache.watch-history/v1',
  });
});
