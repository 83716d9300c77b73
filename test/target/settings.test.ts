import { describe, expect, it } from 'vitest';
import { resolveTargets } from '../../src/target/settings.ts';
import { distinctEndpoints, engineCount } from '../../src/target/targets.ts';

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
    expect(sources.find((it) => it.name === '--model')).toMatchObject({ source });
  });
});

describe('what lets us in', () => {
  const flags = { header: ['x-key: s3cret', 'host: llm'], apiKeyEnv: 'KEY', insecure: true };
  const { targets, sources } = resolveTargets(flags, { ...base, KEY: 's3cret' });

  it('is sent, and told without a secret', () => {
    expect(targets.access.headers).toEqual({
      authorization: 'Bearer s3cret',
      'x-key': 's3cret',
      host: 'llm',
    });
    expect(JSON.stringify(sources)).not.toContain('s3cret');
    expect(sources).toContainEqual({ name: '--header', value: '*** ***', source: '--header' });
    expect(sources).toContainEqual({ name: '--insecure', value: 'true', source: '--insecure' });
  });

  it('is no proxy, whatever the environment says', () => {
    const env = { ...base, http_proxy: 'http://proxy:3128' };
    expect(() => resolveTargets({}, env)).toThrow(/no request of kvcache goes through a proxy/);
  });
});

describe('what is wrong with the call', () => {
  it.each([
    [{}, {}, 'TARGET_MISSING'],
    [{ lmcache: 'http://c:1' }, {}, 'TARGET_MISSING'],
    [{ vllm: ['http://a:1'], routing: 'lookup' }, {}, 'TARGET_MISSING'],
    [{ vllm: ['http://a:1'], gateway: 'pixiu' }, {}, 'TARGET_MISSING'],
    [{ vllm: ['a=http://a:1'] }, {}, 'ENGINE_INVALID'],
    [{ engine: ['http://a:1/?x=1'] }, {}, 'ENGINE_INVALID'],
    [{ gateway: 'localhost:8888' }, {}, 'URL_INVALID'],
    [{ gateway: '[::1]:8888' }, {}, 'URL_INVALID'],
    [{ gateway: 'http:/gw' }, {}, 'URL_INVALID'],
    [{ gateway: 'http://gw', baselineGateway: 'gw:1' }, {}, 'URL_INVALID'],
    [{ gateway: 'http://gw', replicas: '0' }, {}, 'SETTING_INVALID'],
    [
      { gateway: 'http://gw', vllm: ['http://a', 'http://b'], replicas: '1' },
      {},
      'SETTING_INVALID',
    ],
    [{ gateway: 'http://gw', learns: 'magic' }, {}, 'SETTING_INVALID'],
    [{ gateway: 'http://gw', servedByHeader: ['x worker'] }, {}, 'SETTING_INVALID'],
    [{ gateway: 'http://gw', sessionHeader: 'x-s: 1' }, {}, 'SETTING_INVALID'],
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

describe('any deployment', () => {
  it('needs no more than a gateway', () => {
    const settings = resolveTargets(
      { gateway: 'http://gw:8888/v1/', replicas: '4', servedByHeader: ['X-Worker'] },
      {},
    );
    expect(settings).toMatchObject({
      gateway: { kind: 'running', url: 'http://gw:8888' },
      policy: null,
      learns: 'auto',
      baselineGatewayUrl: null,
      targets: {
        engines: [],
        controllerUrl: null,
        gatewayUrl: 'http://gw:8888',
        replicas: 4,
        servedByHeaders: ['x-worker'],
      },
    });
    expect(engineCount(settings.targets)).toBe(4);
    expect(engineCount({ ...settings.targets, replicas: null })).toBeNull();
  });

  it.each([
    [{}, 'prefix'],
    [{ routing: 'random' }, 'random'],
    [{ lmcache: 'http://c:1' }, 'lookup'],
    [{ gateway: 'http://gw' }, null],
  ])('lets our gateway route without a controller: %j → %s', (flags, policy) => {
    expect(resolveTargets({ vllm: ['http://a', 'http://b'], ...flags }, {}).policy).toBe(policy);
  });

  it.each([
    [['http://a', 'http://b', 'http://c'], [], ['engine-a a:80', 'engine-b b:80', 'engine-3 c:80']],
    [['http://a'], [], ['engine-a a:80']],
    [['http://a'], ['x=http://b'], ['engine-a a:80', 'x b:80']],
    [['http://a'], ['engine-a=http://b'], ['engine-b a:80', 'engine-a b:80']],
    [
      ['http://a', 'http://c'],
      ['engine-b=http://b', 'engine-3=http://d'],
      ['engine-a a:80', 'engine-4 c:80', 'engine-b b:80', 'engine-3 d:80'],
    ],
    [[], ['x=http://b/v1'], ['x b:80']],
  ])('takes --vllm %j and --engine %j alike', (vllm, engine, expected) => {
    const { engines } = resolveTargets({ vllm, engine }, {}).targets;
    expect(engines.map(({ id, address }) => `${id} ${address}`)).toEqual(expected);
  });

  it('tells engines behind one port by their base path', () => {
    const two = resolveTargets({ vllm: ['http://a/one/v1', 'http://a/two/v1'] }, {}).targets;
    expect(distinctEndpoints(two.engines)).toBe(2);
  });
});
