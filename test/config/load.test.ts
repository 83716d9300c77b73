import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExtensionConfig, GatewayConfig } from '../../src/config/gateway-config.ts';
import { examineGatewayConfig, loadGatewayConfig } from '../../src/config/load.ts';
import { ROOT } from '../helpers/exec.ts';

function load(theme: string): GatewayConfig {
  const file = `fixtures/config/valid/${theme}.yaml`;
  return loadGatewayConfig({ file, text: readFileSync(join(ROOT, file), 'utf8') }).config;
}

function extension(yaml: string): ExtensionConfig {
  return examineGatewayConfig({ file: 'x.yaml', text: `x-kvcache:${yaml}` }).config!.extension;
}

describe('a file with every key', () => {
  const { listeners, clusters, ...rest } = load('every-key');

  it('sets the listener', () => {
    const { filters, ...listener } = listeners[0]!;
    expect(listener).toEqual({
      name: 'net/http',
      address: { host: '127.0.0.1', port: 18888 },
      idleTimeoutMs: 60_000,
      readTimeoutMs: 16_000,
      writeTimeoutMs: 17_000,
      maxHeaderBytes: 4_096,
      managerTimeoutMs: 5_000,
      routes: [
        {
          match: { prefix: '/v1', path: undefined, methods: ['POST', 'GET'], headers: [] },
          cluster: 'llm',
          clusterNotFoundStatus: 505,
        },
        {
          match: { prefix: undefined, path: '/v2/:name/**', methods: ['*'], headers: [] },
          cluster: 'llm',
          clusterNotFoundStatus: 503,
        },
        {
          match: {
            prefix: undefined,
            path: undefined,
            methods: [],
            headers: [{ name: 'x-team', values: ['^a+$'], regex: true }],
          },
          cluster: 'llm',
          clusterNotFoundStatus: 503,
        },
      ],
    });
    expect(filters).toEqual([
      {
        name: 'dgp.filter.ai.kvcache',
        config: {
          enabled: true,
          vllmEndpoint: 'http://10.0.0.11:8000',
          lmcacheEndpoint: 'http://10.0.0.10:9000',
          defaultModel: 'm',
          requestTimeoutMs: 1_000,
          lookupRoutingTimeoutMs: 60,
          hotWindowMs: 60_000,
          hotMaxRecords: 7,
          hotMaxKeys: 8,
          maxConnsPerHost: 11,
          tokenCache: { enabled: true, maxSize: 1_000, ttlMs: 600_000 },
          strategy: {
            enableCompression: false,
            enablePinning: true,
            enableEviction: false,
            loadThreshold: 0,
            memoryThreshold: 0,
            hotContentThreshold: 2,
            pin: { instanceId: 'engine-a', location: 'LocalCPUBackend' },
            compress: { instanceId: '', location: '', method: 'zstd' },
            evict: { instanceId: '' },
          },
          retry: { maxAttempts: 2, baseBackoffMs: 10, maxBackoffMs: 20 },
          circuitBreaker: { failureThreshold: 3, recoveryTimeoutMs: 4_000, halfOpenMaxCalls: 1 },
        },
      },
      { name: 'dgp.filter.llm.tokenizer', config: { logToConsole: true } },
      {
        name: 'dgp.filter.llm.proxy',
        config: {
          timeoutMs: 15_000,
          maxConnsPerHost: 3,
          scheme: 'http',
        },
      },
    ]);
  });

  it('sets the cluster', () => {
    expect(clusters[0]).toMatchObject({
      name: 'llm',
      lbPolicy: 'WeightRandom',
      consistent: { replicaNum: 3, maxVnodeNum: 100, maglevTableSize: 101 },
      healthCheck: {
        protocol: 'http',
        path: '/healthz',
        timeoutMs: 2_000,
        intervalMs: 4_000,
        initialDelayMs: 6_000,
        healthyThreshold: 2,
        unhealthyThreshold: 3,
      },
    });
    expect(clusters[0]?.endpoints[0]).toEqual({
      id: 'engine-a',
      name: 'first',
      host: 'engine.example',
      port: 80,
      weight: 3,
      llm: {
        provider: 'vllm',
        apiKey: '',
        fallback: true,
        cooldownMs: 250,
        retry: {
          name: 'ExponentialBackoff',
          times: 4,
          initialIntervalMs: 10,
          maxIntervalMs: 1_000,
          multiplier: 1.5,
        },
      },
    });
  });

  it('sets shutdown, metrics and our own settings', () => {
    expect([rest.shutdown, rest.metricPort]).toEqual([{ timeoutMs: 30_000 }, 2223]);
    expect(rest.extension).toEqual({
      routing: {
        policy: 'prefix',
        shadow: ['least-load'],
        allowHeaderOverride: true,
        tokenizeTimeoutMs: 1,
        lookupTimeoutMs: 2,
        minimumMatchTokens: 256,
        loadWeightTokens: 0.5,
        maxAffinityLoss: 0.25,
        sessionHeader: 'x-chat',
        hashLoadMax: 1.5,
        prefixIndex: { blockTokens: 32, ttlMs: 60_000, maxBlocks: 10 },
      },
      controller: { dialect: 'legacy' },
      kvEvents: {
        sources: [
          {
            endpointId: 'engine-a',
            url: 'tcp://127.0.0.1:5557',
            replay: 'tcp://127.0.0.1:5558',
            topic: 'kv',
          },
        ],
      },
      limits: {
        bodyBytesMax: 1_000,
        headerBytesMax: 2_000,
        headersTimeoutMs: 3_000,
        bodyTimeoutMs: 4_000,
      },
      responseHeaders: false,
      admin: { host: '::1', port: 0 },
      metricHost: '0.0.0.0',
      accessLog: true,
    });
  });
});

it('keys of the boot file are read in any letter case, those of filters in their own', () => {
  const file = 'fixtures/config/invalid/keys-in-any-case.yaml';
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/^x-kvcache:[^]*/m, '');
  expect(loadGatewayConfig({ file, text }).config).toEqual(load('minimal'));
});

it('our own part is found in any letter case, without a word about Pixiu', () => {
  const { config, issues } = examineGatewayConfig({
    file: 'x.yaml',
    text: 'X-Kvcache: { access_log: true }',
  });
  expect([config?.extension.accessLog, issues.filter(({ rule }) => rule === 'key-case')]).toEqual([
    true,
    [],
  ]);
});

it('of two spellings the one that Pixiu reads wins, wherever it stands', () => {
  const idOf = (keys: string): string | undefined => {
    const text = `static_resources: { clusters: [{ endpoints: [{ ${keys} }] }] }`;
    const { config } = examineGatewayConfig({ file: 'x.yaml', text });
    return config?.clusters[0]?.endpoints[0]?.id;
  };
  expect([idOf('ID: a, id: b'), idOf('id: b, ID: a'), idOf('id: b, Id: c')]).toEqual([
    'a',
    'a',
    'c',
  ]);
});

it('what Pixiu does without the key is said where it is worse than a default', () => {
  const { issues } = examineGatewayConfig({
    file: 'x.yaml',
    text: 'static_resources: { clusters: [{ endpoints: [{ id: a }], Lb_Policy: Rand }] }',
  });
  const effects = issues.filter(({ rule }) => rule === 'key-case').map(({ effect }) => effect);
  expect(effects).toEqual([
    expect.stringContaining('no hint is ever followed'),
    expect.stringContaining('its default holds'),
  ]);
});

it('scalars become text where text is needed', () => {
  const [cluster] = load('scalars-as-text').clusters;
  expect([cluster?.name, ...cluster!.endpoints.map(({ id }) => id)]).toEqual(['true', '1', '2.50']);
});

it('aliases and merge keys are followed', () => {
  const endpoints = load('anchors-and-merge').clusters[0]!.endpoints;
  expect(endpoints.map(({ llm }) => [llm.fallback, llm.retry])).toEqual([
    [true, { name: 'CountBased', times: 3 }],
    [false, { name: 'CountBased', times: 3 }],
  ]);
});

it.each([
  ['RoundRobin', 'RoundRobin'],
  ['round_robin', 'RoundRobin'],
  ['ROUND_ROBIN', 'RoundRobin'],
  ['ring_hash', 'RingHashing'],
  ['weighted-random', 'WeightRandom'],
  ['lb', 'Rand'],
  ['', 'Rand'],
])('lb_policy %j is taken as %s', (written, meant) => {
  const { config } = examineGatewayConfig({
    file: 'x.yaml',
    text: `static_resources: { clusters: [{ lb_policy: "${written}" }] }`,
  });
  expect(config!.clusters[0]!.lbPolicy).toBe(meant);
});

it('the emulation of Pixiu is refused with what there is instead', () => {
  for (const own of ['{ compat: strict }', '{ compat_overrides: { tie_break: strict } }']) {
    const { issues } = examineGatewayConfig({ file: 'x.yaml', text: `x-kvcache: ${own}` });
    expect(issues).toContainEqual(
      expect.objectContaining({
        rule: 'unsupported-key',
        severity: 'error',
        message: expect.stringContaining('--gateway pixiu'),
      }),
    );
  }
});

it('our own settings have their defaults when nothing is written', () => {
  expect(extension('')).toMatchObject({
    routing: {
      policy: 'lookup',
      allowHeaderOverride: false,
      lookupTimeoutMs: undefined,
      sessionHeader: 'x-session-id',
    },
    responseHeaders: true,
    admin: undefined,
    metricHost: '127.0.0.1',
    accessLog: false,
  });
  expect(extension(' { routing: { session_affinity: false } }').routing.sessionHeader).toBe('');
  expect(extension(' { admin: {} }').admin).toEqual({ host: '127.0.0.1', port: 0 });
});

it('domains take the port of the scheme that the proxy speaks', () => {
  const text = readFileSync(join(ROOT, 'fixtures/config/valid/every-key.yaml'), 'utf8');
  const { config } = examineGatewayConfig({
    file: 'x.yaml',
    text: text.replace('scheme: http', 'scheme: https'),
  });
  expect(config?.clusters[0]?.endpoints[0]?.port).toBe(443);
});

it('an alias bomb is an error, not a hang', () => {
  const levels = Array.from(
    { length: 12 },
    (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(',')}]`,
  );
  const text = `a0: &a0 [x]\n${levels.join('\n')}\n`;
  const { issues } = examineGatewayConfig({ file: 'x.yaml', text });
  expect(issues.map(({ rule }) => rule)).toContain('yaml-syntax');
});

it('an alias without anchor is an error', () => {
  const { issues } = examineGatewayConfig({ file: 'x.yaml', text: 'metric: *nowhere' });
  const { place } = issues.find(({ rule }) => rule === 'yaml-syntax')!;
  expect([place.line, place.column]).toEqual([1, 9]);
});

it('without a controller, only what calls one needs its URL', () => {
  const text = readFileSync(join(ROOT, 'fixtures/config/valid/minimal.yaml'), 'utf8').replace(
    / +lmcache_endpoint.*\n/,
    '',
  );
  const ruleFor = (policy: string, strategy = ''): string | undefined =>
    examineGatewayConfig({
      file: 'x.yaml',
      text: `${text.replace(/^( +)vllm_endpoint/m, `$1${strategy}\n$&`)}x-kvcache: { routing: { policy: ${policy} } }\n`,
    }).issues.find(({ path }) => path.endsWith('.lmcache_endpoint'))?.rule;
  expect(ruleFor('lookup')).toBe('endpoint-url');
  expect(ruleFor('prefix')).toBe('no-controller');
  expect(ruleFor('prefix', 'cache_strategy: { enable_pinning: true }')).toBe('endpoint-url');
});

it('an alias inside what it refers to is an error, not a crash', () => {
  const { issues } = examineGatewayConfig({ file: 'x.yaml', text: 'a: &a\n  b: *a\n' });
  const { place } = issues.find(({ rule }) => rule === 'yaml-syntax')!;
  expect([place.line, place.column]).toEqual([2, 6]);
});

it('of several merged maps the first one wins', () => {
  const text = `
node:
  - &first {enable: true}
  - &second {prometheus_port: 99, enable: false}
metric:
  <<: [*first, *second]
`;
  const { config, issues } = examineGatewayConfig({ file: 'x.yaml', text });
  expect(config?.metricPort).toBe(99);
  expect(issues.filter(({ rule }) => rule === 'duplicate-key')).toEqual([]);
});

it('more than one document is said in plain words', () => {
  const { issues } = examineGatewayConfig({ file: 'x.yaml', text: 'a: 1\n---\nb: 1\n' });
  expect(issues[0]?.message).toBe('The file holds more than one YAML document.');
});

it('places of variables are found behind tens of thousands of comments', () => {
  const text = `${'# comment\n'.repeat(30_000)}metric:\n  enable: \${ON}\n`;
  const { issues } = examineGatewayConfig({ file: 'x.yaml', text });
  const { place } = issues.find(({ rule }) => rule === 'unrendered-variable')!;
  expect([place.line, place.column]).toEqual([30_002, 11]);
});
