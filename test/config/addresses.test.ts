import { expect, it } from 'vitest';
import { mockGatewayConfig, withAddresses } from '../../src/config/addresses.ts';
import { loadGatewayConfig } from '../../src/config/load.ts';
import { readShippedConfig } from '../../src/config/shipped.ts';

const PLACES = {
  listen: { host: '127.0.0.1', port: 1 },
  metricPort: 2,
  controllerUrl: 'http://127.0.0.1:3',
};
const ENGINES = { 'mock-llm-a': 'http://[::1]:4', 'mock-llm-b': 'http://engine.test' };

function addressesIn(text: string): object {
  const { config } = loadGatewayConfig({ text, file: 'moved.yaml' });
  const [kvcache] = config.listeners[0]!.filters;
  return {
    listen: config.listeners[0]!.address,
    metric: config.metricPort,
    engines: config.clusters[0]!.endpoints.map(({ host, port }) => `${host}:${port}`),
    urls:
      kvcache?.name === 'dgp.filter.ai.kvcache'
        ? [kvcache.config.vllmEndpoint, kvcache.config.lmcacheEndpoint]
        : [],
  };
}

const MOVED = {
  listen: { host: '127.0.0.1', port: 1 },
  metric: 2,
  engines: ['[::1]:4', 'engine.test:80'],
  urls: ['http://[::1]:4', 'http://127.0.0.1:3'],
};

it.each(['mock.yaml', 'mock-legacy.yaml'] as const)(
  'moves every address of %s and nothing else',
  (name) => {
    const { text } = readShippedConfig(name);
    const moved = withAddresses(text, { ...PLACES, engineUrls: ENGINES });
    expect(addressesIn(moved)).toEqual(MOVED);
    const back = withAddresses(moved, {
      listen: { host: '0.0.0.0', port: 18888 },
      metricPort: 2222,
      controllerUrl: 'http://127.0.0.1:18081',
      engineUrls: {
        'mock-llm-a': 'http://127.0.0.1:18091',
        'mock-llm-b': 'http://127.0.0.1:18092',
      },
    });
    expect(back).toBe(text);
  },
);

it('writes the mock sample for given places', () => {
  const text = mockGatewayConfig({
    ...PLACES,
    engineUrls: ['http://[::1]:4', 'http://engine.test'],
  });
  expect(addressesIn(text)).toEqual(MOVED);
});

it('leaves endpoints alone that it was not told about', () => {
  const { text } = readShippedConfig('mock.yaml');
  expect(addressesIn(withAddresses(text, { ...PLACES, engineUrls: {} }))).toMatchObject({
    engines: ['127.0.0.1:18091', '127.0.0.1:18092'],
    urls: ['http://127.0.0.1:18091', 'http://127.0.0.1:3'],
  });
});

it('gives text back that is no YAML', () => {
  expect(withAddresses('a: [', { ...PLACES, engineUrls: {} })).toBe('a: [');
});
