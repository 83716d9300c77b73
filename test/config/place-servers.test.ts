import { describe, expect, it } from 'vitest';
import { placeServers } from '../../src/config/place-servers.ts';
import { loadGatewayConfig } from '../../src/config/load.ts';
import { readShippedConfig } from '../../src/config/shipped.ts';

function placesIn(text: string): object {
  const { config } = loadGatewayConfig({ text, file: 'moved.yaml' });
  const [kvcache] = config.listeners[0]!.filters;
  return {
    listen: config.listeners[0]!.address,
    metric: config.metricPort,
    engines: config.clusters[0]!.endpoints.map(({ id, host, port }) => `${id} ${host}:${port}`),
    urls:
      kvcache?.name === 'dgp.filter.ai.kvcache'
        ? [kvcache.config.vllmEndpoint, kvcache.config.lmcacheEndpoint]
        : [],
  };
}

describe.each(['mock.yaml', 'mock-legacy.yaml'] as const)('%s', (name) => {
  const { text } = readShippedConfig(name);

  it('has every address moved, and moved back is what it was', () => {
    const moved = placeServers(text, {
      listen: { host: '127.0.0.1', port: 1 },
      metricPort: 2,
      controllerUrl: 'http://127.0.0.1:3',
      engines: [{ url: 'http://[::1]:4' }, { url: 'http://engine.test' }],
    });
    expect(placesIn(moved)).toEqual({
      listen: { host: '127.0.0.1', port: 1 },
      metric: 2,
      engines: ['mock-llm-a [::1]:4', 'mock-llm-b engine.test:80'],
      urls: ['http://[::1]:4', 'http://127.0.0.1:3'],
    });
    const back = placeServers(moved, {
      listen: { host: '0.0.0.0', port: 18888 },
      metricPort: 2222,
      controllerUrl: 'http://127.0.0.1:18081',
      engines: [{ url: 'http://127.0.0.1:18091' }, { url: 'http://127.0.0.1:18092' }],
    });
    expect(back).toBe(text);
  });

  it('keeps what it is not told about', () => {
    expect(placeServers(text, {})).toBe(text);
  });

  it('takes as many engines as there are', () => {
    const engines = ['a', 'b', 'c'].map((id, at) => ({ id, url: `http://h:${at + 1}` }));
    for (const count of [1, 3]) {
      expect(placesIn(placeServers(text, { engines: engines.slice(0, count) }))).toMatchObject({
        engines: ['a h:1', 'b h:2', 'c h:3'].slice(0, count),
      });
    }
  });
});

it('without a controller nothing is left that would be asked of one', () => {
  const { text } = readShippedConfig('mock.yaml');
  const extension = { routing: { policy: 'prefix' } };
  const written = placeServers(text, { controllerUrl: null, extension });
  const { config, issues } = loadGatewayConfig({ text: written, file: 'conf.yaml' });
  expect(issues.map(({ rule }) => rule)).toContain('no-controller');
  const [kvcache] = config.listeners[0]!.filters;
  expect(kvcache!.config).toMatchObject({
    lmcacheEndpoint: '',
    strategy: { enablePinning: false, enableCompression: false, enableEviction: false },
  });
});
