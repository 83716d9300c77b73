import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../src/stack/free-ports.ts';
import { finished, kvcache, startKvcache } from '../../helpers/exec.ts';
import { childrenOf, isAlive, survivors } from '../../helpers/processes.ts';
import { askedOf, chatOnly } from '../../integration/load-server.ts';

interface LoadDocument {
  schema: string;
  outcome: string;
  exitCode: number;
  isPartial: boolean;
  checks: { id: string; outcome: string; evidence: string; actual: string }[];
  phase: { scheduled: number };
  result: { requests: number };
}

describe('kvcache load by several processes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-shards-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const plan = (url: string) =>
    `load --url ${url} --model m --run-id same --json --rate 50 --requests 25 --prompt-tokens 40 --warmup 4`.split(
      ' ',
    );
  /** Two processes that go on until they are told to stop. */
  const endless = (url: string) =>
    `load --url ${url} --model m --json --prompt-tokens 40 --concurrency 2 --duration 10m --processes 2 --warmup 0`.split(
      ' ',
    );
  const checkOf = ({ checks }: LoadDocument, id: string) => checks.find((it) => it.id === id);

  it('asks what one process asks, and reports it once', async () => {
    await using one = await chatOnly();
    await using three = await chatOnly();
    await kvcache(plan(one.url));
    const done = await kvcache([...plan(three.url), '--processes', '3', '--out', folder]);
    const document = JSON.parse(done.stdout) as LoadDocument;
    expect(document).toMatchObject({
      schema: 'kvcache.load/v1',
      isPartial: false,
      phase: { scheduled: 25 },
      result: { requests: 25 },
      certificate: { tokenizer: 'estimate' },
    });
    for (const id of ['shards-complete', 'shards-of-one-plan', 'plan-whole']) {
      expect(checkOf(document, id)).toMatchObject({ outcome: 'pass' });
    }
    expect(askedOf(three)).toEqual(askedOf(one));
    expect(document.exitCode).toBe(done.code);
    // What it was put together from is kept, and can be put together again.
    const logs = readdirSync(folder).filter((it) => it.endsWith('.ndjson'));
    expect(logs).toHaveLength(3);
    const again = await kvcache([
      'report',
      'merge',
      ...logs.slice(1).map((it) => join(folder, it)),
      '--json',
    ]);
    expect(again.code).toBe(5);
    const missing = JSON.parse(again.stdout) as LoadDocument;
    expect(checkOf(missing, 'shards-complete')!.evidence).toBe('shard 0/3 is missing');
  });

  it.runIf(existsSync('/proc/self/task'))(
    'names the process that was killed, and reports what it has when interrupted',
    async () => {
      await using server = await chatOnly();
      const child = startKvcache(endless(server.url));
      const ended = finished(child);
      await expect.poll(() => server.bodies.length, { timeout: 60_000 }).toBeGreaterThan(20);
      const [first, second] = childrenOf(child.pid!);
      process.kill(first!, 'SIGKILL');
      await expect.poll(() => isAlive(first!)).toBe(false);
      child.kill('SIGINT');
      const { code, stdout } = await ended;
      expect(code).toBe(130);
      const document = JSON.parse(stdout) as LoadDocument;
      expect(document).toMatchObject({ isPartial: true, exitCode: 130, outcome: 'invalid' });
      expect(document.result.requests).toBeGreaterThan(0);
      expect(checkOf(document, 'shards-complete')!.evidence).toMatch(/shard \d\/2 .* was killed/);
      expect(await survivors([second!], 10_000)).toEqual([]);
    },
  );

  it('sends nothing when it comes too late, and the merge names it', async () => {
    await using server = await chatOnly();
    const samples = join(folder, 'late.ndjson');
    const late = await kvcache([
      ...plan(server.url),
      '--shard=1/2',
      '--start-at=2026-01-01T00:00:00Z',
      `--samples=${samples}`,
      '--warmup=0',
    ]);
    expect([late.code, askedOf(server)]).toEqual([5, []]);
    expect(late.stderr).toContain('SHARD_LATE');
    const merged = await kvcache(['report', 'merge', samples, '--json']);
    const report = JSON.parse(merged.stdout) as LoadDocument;
    expect(merged.code).toBe(5);
    expect(checkOf(report, 'shards-complete')!.evidence).toMatch(
      /^shard 0\/2 is missing; shard 1\/2 .* did not begin: .* sent nothing/,
    );
  });

  it('meets other machines at a barrier, and turns a foreign one away by its name', async () => {
    await using server = await chatOnly();
    const barrier = await freePort();
    const shard = (index: number, of: number) =>
      kvcache([
        ...plan(server.url).filter((it) => it !== '--json'),
        '--quiet',
        `--shard=${index}/${of}`,
        `--barrier=http://127.0.0.1:${barrier}`,
        `--barrier-listen=${barrier}`,
        `--samples=${join(folder, `${index}-${of}.ndjson`)}`,
      ]);
    const [own, foreign] = await Promise.all([
      Promise.all([shard(0, 2), shard(1, 2)]),
      shard(1, 3),
    ]);
    // A busy machine may make generators unsound; it makes them nothing else.
    for (const { code } of own) expect([0, 5]).toContain(code);
    expect(foreign.code).toBe(5);
    expect(foreign.stderr).toContain('Shard 1/3 is part of another number of shards');
    const logs = ['0-2', '1-2', '1-3'].map((it) => join(folder, `${it}.ndjson`));
    const merged = await kvcache(['report', 'merge', ...logs, '--json']);
    const report = JSON.parse(merged.stdout) as LoadDocument;
    expect(merged.code).toBe(5);
    expect(checkOf(report, 'shards-complete')).toMatchObject({ outcome: 'pass' });
    expect(checkOf(report, 'shards-of-one-plan')).toMatchObject({
      outcome: 'invalid',
      evidence: expect.stringContaining('of 3, not 2'),
    });
    expect(report.result.requests).toBe(25);
  });
});
