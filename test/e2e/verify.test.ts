import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerifyResult } from '../../src/verify/result/result.ts';
import { type ExecResult, finished, kvcache, startKvcache } from '../helpers/exec.ts';

interface Fleet {
  child: ChildProcess;
  /** Engines and controller. */
  flags: string[];
  urls: string[];
}

type Document = VerifyResult & { schema: string; exitCode: number };

async function startFleet(args: readonly string[]): Promise<Fleet> {
  const child = startKvcache(['mock', 'up', '--port-base', '0', ...args]);
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.on('exit', (code) => reject(new Error(`the fleet ended with ${code}`)));
  });
  const ready = JSON.parse(line) as {
    controller: { url: string };
    engines: { id: string; url: string }[];
  };
  const engines = ready.engines.flatMap(({ id, url }) => ['--engine', `${id}=${url}`]);
  const urls = ready.engines.map(({ url }) => url);
  return { child, flags: ['--lmcache', ready.controller.url, ...engines], urls };
}

async function stop({ child }: Fleet): Promise<void> {
  const done = finished(child);
  child.kill('SIGTERM');
  await done;
}

const PORTS = ['--listen-port', '0', '--prom-port', '0'];

/** A GPU whose misses cost so much that a busy test machine does not hide them, and whose decoding is quick. */
const SLOW_PREFILL = `
engines:
  - count: 2
    profile: { base: 8b-h100, timing: { prefillMsPerToken: 0.2, stepMs: 2 } }
`;

function documentOf({ stdout }: ExecResult): Document {
  return JSON.parse(stdout) as Document;
}

function outcomesOf({ checks }: Document): Record<string, string> {
  return Object.fromEntries(checks.map((it) => [it.id, it.outcome]));
}

describe('kvcache verify against a modelled fleet', () => {
  let fleet: Fleet;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kvcache-verify-test-'));
    const file = join(folder, 'fleet.yaml');
    await writeFile(file, SLOW_PREFILL);
    fleet = await startFleet(['--fleet', file]);
  });
  afterAll(async () => {
    await stop(fleet);
    await rm(folder, { recursive: true });
  });

  const size = [
    '--arms',
    'ABCD',
    '--rounds',
    '8',
    '--requests-per-block',
    '10',
    '--prefix-tokens',
    '512',
  ];

  it('passes with routing on and says what it buys', async () => {
    const result = await kvcache(['verify', ...fleet.flags, ...PORTS, ...size, '--json']);
    const document = documentOf(result);
    expect(document.checks.filter((it) => it.outcome !== 'pass')).toEqual([]);
    expect(document.invalidations).toEqual([]);
    expect(document).toMatchObject({ schema: 'kvcache.verify/v1', outcome: 'pass', exitCode: 0 });
    expect(result.code).toBe(0);
    expect(document.hitRate).toMatchObject({ unknown: 0, chance: 0.5 });
    expect(document.hitRate!.value).toBeGreaterThan(0.9);
    expect(document.doseResponse!.verdict).toBe('causal');
    expect(document.artefacts.workDir).toBeNull();
    expect(document.arms.find((it) => it.id === 'B')!.description).toContain('round-robin');
  }, 150_000);
});

/** Quick enough for what does not read a gain: engines whose answers take no time. */
describe('kvcache verify against an instant fleet', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(['--profile', 'instant']);
  });
  afterAll(() => stop(fleet));

  it('finds no gain when the gateway routes blindly', async () => {
    const blind = [
      '--routing',
      'random',
      '--rounds',
      '3',
      '--requests-per-block',
      '16',
      '--arms',
      'BC',
      '--seed',
      '7',
    ];
    const result = await kvcache(['verify', ...fleet.flags, ...PORTS, ...blind, '--json']);
    const document = documentOf(result);
    const outcomes = outcomesOf(document);
    expect(outcomes['routing-gain']).not.toBe('pass');
    expect(outcomes['preferred-hit-rate']).not.toBe('pass');
    expect(outcomes['routing']).toBe('fail');
    expect(document.cause!.id).toBe('hint-ignored');
    // It asks nobody, so that it neither knows nor routes.
    expect(['known', 'routed']).toContain(document.funnel!.worstStage);
    // On a machine so busy that the run is invalid nothing is a verdict; a pass it is never.
    expect([document.outcome, result.code]).toEqual(
      document.outcome === 'invalid' ? ['invalid', expect.any(Number)] : ['fail', 1],
    );
    expect(result.code).not.toBe(0);
  }, 120_000);

  it('leaves a partial result when it is interrupted', async () => {
    const child = startKvcache(['verify', ...fleet.flags, ...PORTS, '--rounds', '10', '--json']);
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('blocks')) child.kill('SIGINT');
    });
    const result = await finished(child);
    expect(result.code).toBe(130);
    const document = documentOf(result);
    expect(document).toMatchObject({ isPartial: true, stopReason: 'Stopped by the user.' });
    expect(document.outcome).not.toBe('pass');
    expect(document.arms.length).toBeGreaterThan(0);
  }, 120_000);
});

describe('kvcache verify against engines alone', () => {
  it('starts a gateway that learns from what it routes, and finds that it does', async () => {
    const fleet = await startFleet(['--profile', 'instant', '--no-served-by']);
    try {
      const engines = fleet.urls.flatMap((url) => ['--vllm', url]);
      const small = ['--arms', 'CD', '--rounds', '2', '--requests-per-block', '8'];
      const prompts = ['--prefix-tokens', '256'];
      const result = await kvcache([
        'verify',
        ...engines,
        ...PORTS,
        ...small,
        ...prompts,
        '--json',
      ]);
      const document = documentOf(result);
      expect(document.stopReason).toBeNull();
      expect(document.targets).toMatchObject({ policy: 'prefix', controllerUrl: null });
      expect(document.routing).toMatchObject({ learns: 'memory', scope: 'prefixes', lookup: null });
      expect(document.hitRate).toMatchObject({ hits: 16, total: 16, unknown: 0 });
      // Timing is not judged here: instant engines on a machine that may be busy.
      const { routing, 'preferred-hit-rate': hits, 'requests-succeed': all } = outcomesOf(document);
      expect([routing, hits, all]).toEqual(['pass', 'pass', 'pass']);
    } finally {
      await stop(fleet);
    }
  }, 120_000);
});

describe('kvcache verify against what cannot be judged', () => {
  it('refuses to judge the routing of static mocks, and says why', async () => {
    const fleet = await startFleet(['--dialect', 'parity']);
    try {
      const small = ['--rounds', '1', '--requests-per-block', '4'];
      const result = await kvcache(['verify', ...fleet.flags, ...PORTS, ...small, '--json']);
      const document = documentOf(result);
      expect(outcomesOf(document)['routing-gain']).toBe('inconclusive');
      expect(outcomesOf(document)['lookup']).toBe('fail');
      expect(JSON.stringify(document.checks)).toContain('more tokens than the prompt has');
      expect(document.cause!.remedy).toContain('a mock with fixed answers');
      expect(result.code).not.toBe(0);
    } finally {
      await stop(fleet);
    }
  }, 60_000);

  it('ends with 3 and a remedy when nobody answers', async () => {
    const nobody = ['--vllm', 'http://127.0.0.1:1', '--lmcache', 'http://127.0.0.1:1'];
    const result = await kvcache(['verify', ...nobody, '--json']);
    expect(result.code).toBe(3);
    const document = documentOf(result);
    expect(document).toMatchObject({ outcome: 'error', exitCode: 3, isPartial: true });
    expect(document.checks.find((it) => it.outcome === 'error')!.remedy).not.toBe('');
  });

  it.each([
    [['--threshold', 'ttft.p95 <'], 'THRESHOLD_INVALID'],
    [['--budget', 'a lot'], 'BUDGET_INVALID'],
    [['--arms', 'XY'], 'ARMS_INVALID'],
    [['--margin', 'wide'], 'SETTING_INVALID'],
    [['--api-key-env', 'NOT_SET'], 'API_KEY_MISSING'],
  ])('rejects %j before the first request', async (flags, code) => {
    const somewhere = ['--vllm', 'http://127.0.0.1:1', '--lmcache', 'http://127.0.0.1:1'];
    const result = await kvcache(['verify', ...somewhere, ...flags]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(code);
  });

  it('asks for targets when there are none', async () => {
    const result = await kvcache(['verify']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('VLLM_ENDPOINT');
  });
});
