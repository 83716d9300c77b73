import { expect, it } from 'vitest';
import { loadGatewayConfig } from '../../src/config/load.ts';
import { readShippedConfig } from '../../src/config/shipped.ts';
import { mockGatewayConfig, withPorts } from '../../src/config/with-ports.ts';

const PORTS = {
  listen: 1,
  metric: 2,
  controller: 3,
  engines: { 'mock-llm-a': 4, 'mock-llm-b': 5 },
};

function addresses(text: string): object {
  const { config } = loadGatewayConfig({ text, file: 'moved.yaml' });
  const kvcache = config.listeners[0]!.filters[0]!;
  return {
    listen: config.listeners[0]!.address.port,
    metric: config.metricPort,
    engines: config.clusters[0]!.endpoints.map(({ port }) => port),
    urls: kvcache.name === 'dgp.filter.ai.kvcache' && [
      kvcache.config.vllmEndpoint,
      kvcache.config.lmcacheEndpoint,
    ],
  };
}

const MOVED = {
  listen: 1,
  metric: 2,
  engines: [4, 5],
  urls: ['http://127.0.0.1:4', 'http://127.0.0.1:3'],
};

it('moves every address of both historical forms and nothing else', () => {
  for (const name of ['mock.yaml', 'mock-legacy.yaml'] as const) {
    const { text } = readShippedConfig(name);
    const moved = withPorts(text, PORTS);
    expect(addresses(moved)).toEqual(MOVED);
    const back = withPorts(moved, {
      listen: 18888,
      metric: 2222,
      controller: 18081,
      engines: { 'mock-llm-a': 18091, 'mock-llm-b': 18092 },
    });
    expect(back).toBe(text);
  }
});

it('writes the mock sample for given ports', () => {
  const ports = { listen: 1, metric: 2, controller: 3, engineA: 4, engineB: 5 };
  expect(addresses(mockGatewayConfig(ports))).toEqual(MOVED);
});

it('leaves endpoints alone that it was not told about', () => {
  const moved = withPorts(readShippedConfig('mock.yaml').text, { ...PORTS, engines: {} });
  expect(addresses(moved)).toMatchObject({
    engines: [18091, 18092],
    urls: ['http://127.0.0.1:18091', 'http://127.0.0.1:3'],
  });
});

it('gives text back that is no config', () => {
  expect(withPorts('a: [', PORTS)).toBe('a: [');
});
