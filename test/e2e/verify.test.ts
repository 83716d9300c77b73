import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, kvcache, startKvcache } from '../helpers/exec.ts';
import {
  documentOf,
  type Fleet,
  outcomesOf,
  PORTS,
  startFleet,
  stopFleet,
} from '../helpers/verify-fleet.ts';

/** Quick enough for what does not read a gain: engines whose answers take no time. */
describe('kvcache verify against an instant fleet', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(['--profile', 'instant']);
  });
  afterAll(() => stopFleet(fleet));

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
      // The `Server` header that it passes on is the engines'.
      expect(document.versions.gateway).toBeNull();
      expect(document.hitRate).toMatchObject({ hits: 16, total: 16, unknown: 0 });
      // Timing is not judged here: instant engines on a machine that may be busy.
      const { routing, 'preferred-hit-rate': hits, 'requests-succeed': all } = outcomesOf(document);
      expect([routing, hits, all]).toEqual(['pass', 'pass', 'pass']);
    } finally {
      await stopFleet(fleet);
    }
  }, 120_000);
});

describe('kvcache verify against what cannot be judged', () => {
  it('refuses to judge the routing of static mocks, and says why', async () => {
    const fleet = await startFleet(['--dialect', 'parity', '--delay', '0ms']);
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
      await stopFleet(fleet);
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
