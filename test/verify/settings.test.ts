import { describe, expect, it } from 'vitest';
import { resolvePlan } from '../../src/verify/experiment/plan.ts';
import { resolveTargets } from '../../src/target/settings.ts';
import { distinctEndpoints } from '../../src/target/targets.ts';

const base = { VLLM_ENDPOINT: 'http://vllm:8000/', LMCACHE_ENDPOINT: 'http://lmcache:9000' };

describe('targets from the original variables', () => {
  it('give engine B the address of A, as the script did', () => {
    const { targets, listenPort, metricPort, gateway } = resolveTargets({}, base);
    expect(targets.engines.map(({ id, address }) => [id, address])).toEqual([
      ['engine-a', 'vllm:8000'],
      ['engine-b', 'vllm:8000'],
    ]);
    expect(distinctEndpoints(targets.engines)).toBe(1);
    expect({ listenPort, metricPort, gateway }).toEqual({
      listenPort: 18_889,
      metricPort: 2_223,
      gateway: { kind: 'embedded' },
    });
  });

  it('take ids, hosts and ports of both endpoints', () => {
    const { targets } = resolveTargets(
      {},
      {
        ...base,
        ENGINE_ENDPOINT_A_ID: 'left',
        ENGINE_ENDPOINT_A_HOST: 'one',
        ENGINE_ENDPOINT_B_HOST: 'two',
        ENGINE_ENDPOINT_B_PORT: '8001',
        LLM_SCHEME: 'https',
      },
    );
    expect(targets.engines.map((it) => it.url)).toEqual(['https://one:8000', 'https://two:8001']);
    expect(targets.engines.map((it) => it.id)).toEqual(['left', 'engine-b']);
  });

  it('use the gateway that runs with START_PIXIU=0', () => {
    const { gateway } = resolveTargets({}, { ...base, START_PIXIU: '0' });
    expect(gateway).toEqual({ kind: 'running', url: 'http://127.0.0.1:18889' });
  });

  it('read IPv6, user info and paths, and print no secret', () => {
    const { targets, sources } = resolveTargets(
      { vllm: ['http://user:secret@[::1]:8000/base', 'http://b:1'], lmcache: 'http://c:2' },
      {},
    );
    expect(targets.engines[0]).toMatchObject({
      url: 'http://user:secret@[::1]:8000/base',
      address: '[::1]:8000',
    });
    expect(JSON.stringify(sources)).not.toContain('secret');
  });
});

describe('flags beat the environment, which beats the default', () => {
  it.each([
    [{}, {}, 'auto', 'default'],
    [{}, { MODEL_NAME: 'from-env' }, 'from-env', 'environment MODEL_NAME'],
    [{ model: 'from-flag' }, { MODEL_NAME: 'from-env' }, 'from-flag', '--model'],
    [{}, { MODEL_NAME: '  ' }, 'auto', 'default'],
  ])('%j %j → %s', (flags, env, model, source) => {
    const { targets, sources } = resolveTargets(flags, { ...base, ...env });
    expect(targets.model).toBe(model);
    expect(sources.find((it) => it.name === 'MODEL_NAME')).toMatchObject({ source });
  });
});

describe('what is wrong with the call', () => {
  it.each([
    [{}, {}, 'TARGET_MISSING'],
    [{ vllm: ['ftp://x'] }, base, 'URL_INVALID'],
    [{ engine: ['nonsense'] }, base, 'ENGINE_INVALID'],
    [{ engine: ['a=http://x:1', 'a=http://y:1'] }, base, 'ENGINE_INVALID'],
    [{ apiKeyEnv: 'NOT_THERE' }, base, 'API_KEY_MISSING'],
    [{ timeout: 'soon' }, base, 'SETTING_INVALID'],
    [{ gateway: 'ftp://gw' }, base, 'URL_INVALID'],
    [{ metricsUrl: 'gw:2223' }, base, 'URL_INVALID'],
    [{}, { ...base, PROM_URL: 'nowhere' }, 'URL_INVALID'],
  ])('%j → %s', (flags, env, code) => {
    expect(() => resolveTargets(flags, env)).toThrow(expect.objectContaining({ code }));
  });
});

describe('the plan', () => {
  const fresh = { seed: 7, nonce: 'n' };

  it('has five arms in random blocks by default', () => {
    const { plan } = resolvePlan({}, {}, fresh);
    expect(plan).toMatchObject({ design: 'random-blocks', seed: 7, nonce: 'n', margin: 0.05 });
    expect(plan.arms).toEqual(['A', 'B', 'C', 'D', 'N']);
    expect(plan.rounds * plan.requestsPerBlock).toBeGreaterThanOrEqual(400);
  });

  it('makes an arm as large as the larger of the script’s rounds', () => {
    const env = { BASELINE_ROUNDS: '100', CACHED_ROUNDS: '240' };
    const { plan } = resolvePlan({ quick: true }, env, fresh);
    expect(plan.rounds * plan.requestsPerBlock).toBe(240);
  });

  it('reads budgets', () => {
    const { plan } = resolvePlan({ budget: 'time=10m,requests=5k,tokens=2M' }, {}, fresh);
    expect(plan.budget).toEqual({ durationMs: 600_000, requests: 5_000, tokens: 2_000_000 });
    expect(resolvePlan({ budget: '90s' }, {}, fresh).plan.budget.durationMs).toBe(90_000);
  });

  it('takes one depth only', () => {
    expect(() => resolvePlan({ quick: true, thorough: true }, {}, fresh)).toThrow(
      expect.objectContaining({ code: 'DEPTH_CONFLICT' }),
    );
  });
});
