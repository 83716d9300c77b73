import { describe, expect, it } from 'vitest';
import { loadGatewayConfig } from '../../src/config/load.ts';
import { readShippedConfig } from '../../src/config/shipped.ts';
import { starterConfig, type StarterPlaces } from '../../src/config/starter.ts';

const STARTERS = ['starter-mock.yaml', 'starter-real-engine.yaml'] as const;

describe.each(STARTERS)('%s', (name) => {
  const { text } = readShippedConfig(name);

  it('stays as it is when nothing else is asked for', () => {
    expect(starterConfig(text, { engines: [] })).toBe(text);
  });

  it.each([1, 2, 5])('takes %i engines, and stays without a complaint', (count) => {
    const engines = Array.from({ length: count }, (_, at) => ({
      id: `e${at}`,
      url: `https://10.0.0.${at}:${8_000 + at}`,
    }));
    const places: StarterPlaces = {
      engines,
      controllerUrl: 'http://10.0.1.1:9000',
      model: 'm',
      listenPort: 0,
    };
    const written = starterConfig(text, places);
    const { config, issues } = loadGatewayConfig({ text: written, file: 'conf.yaml' });
    expect(issues).toEqual([]);
    expect(config.clusters[0]!.endpoints).toMatchObject(
      engines.map(({ id }, at) => ({ id, host: `10.0.0.${at}`, port: 8_000 + at })),
    );
    const [kvcache, , proxy] = config.listeners[0]!.filters;
    expect(kvcache!.config).toMatchObject({
      vllmEndpoint: engines[0]!.url,
      lmcacheEndpoint: 'http://10.0.1.1:9000',
      defaultModel: 'm',
      strategy: { pin: { instanceId: 'e0' } },
    });
    expect([config.listeners[0]!.address.port, proxy!.config]).toMatchObject([
      0,
      { scheme: 'https' },
    ]);
  });
});
