import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadGatewayConfig } from '../../src/config/load.ts';
import { ROOT } from '../helpers/exec.ts';

function load(name: string): ReturnType<typeof loadGatewayConfig> {
  const file = `fixtures/config/${name}`;
  return loadGatewayConfig({ file, text: readFileSync(join(ROOT, file), 'utf8') });
}

describe('the two historical forms of the mock config', () => {
  const [older, newer] = [load('mock-legacy.yaml'), load('mock.yaml')];

  it('mean the same but for llm_meta', () => {
    expect(older.config).toEqual(newer.config);
  });

  it('are read to the last key', () => {
    const { listeners, clusters, shutdown, metricPort } = newer.config;
    expect({ shutdown, metricPort }).toEqual({ shutdown: { timeoutMs: 10_000 }, metricPort: 2222 });
    expect(listeners[0]).toMatchObject({
      address: { host: '0.0.0.0', port: 18888 },
      idleTimeoutMs: 30_000,
      readTimeoutMs: 30_000,
      writeTimeoutMs: 30_000,
      routes: [
        {
          match: { prefix: '/v1/chat/completions' },
          cluster: 'mock_llm',
          clusterNotFoundStatus: 505,
        },
      ],
    });
    expect(listeners[0]?.filters).toMatchObject([
      {
        name: 'dgp.filter.ai.kvcache',
        config: {
          enabled: true,
          vllmEndpoint: 'http://127.0.0.1:18091',
          lmcacheEndpoint: 'http://127.0.0.1:18081',
          requestTimeoutMs: 3_000,
          lookupRoutingTimeoutMs: 80,
          hotWindowMs: 120_000,
          hotMaxRecords: 100,
          tokenCache: { enabled: true, maxSize: 1024, ttlMs: 600_000 },
          strategy: {
            memoryThreshold: 0.000001,
            hotContentThreshold: 1,
            pin: { instanceId: 'mock-llm-b', location: 'ram-b' },
            evict: { instanceId: 'mock-llm-a' },
          },
        },
      },
      { name: 'dgp.filter.llm.proxy', config: { timeoutMs: 30_000, maxConnsPerHost: 100 } },
    ]);
    expect(clusters[0]?.endpoints.map(({ id, host, port }) => `${id} ${host}:${port}`)).toEqual([
      'mock-llm-a 127.0.0.1:18091',
      'mock-llm-b 127.0.0.1:18092',
    ]);
  });

  it('draw warnings, no errors', () => {
    const rules = [older, newer].map(({ issues }) => issues.map(({ rule }) => rule));
    expect(rules).toEqual([
      [
        'pixiu-ignores',
        'tokenizer-missing',
        'lb-policy-lookalike',
        'key-case',
        'missing-llm-meta',
        'key-case',
        'missing-llm-meta',
      ],
      ['pixiu-ignores', 'tokenizer-missing', 'lb-policy-lookalike'],
    ]);
  });
});
