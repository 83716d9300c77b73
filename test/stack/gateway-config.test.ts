import { describe, expect, it } from 'vitest';
import type { GatewayConfig } from '../../src/config/gateway-config.ts';
import { loadGatewayConfig } from '../../src/config/load.ts';
import { readShippedConfig } from '../../src/config/shipped.ts';
import {
  fleetConfig,
  judgedConfig,
  sampleConfig,
  starterConfig,
} from '../../src/stack/gateway-config.ts';
import { resolveTargets } from '../../src/target/settings.ts';

/** What every writer owes: a file that is usable, and without a word that the real Pixiu misreads. */
function usable(text: string, accepted: readonly string[] = []): GatewayConfig {
  const { config, issues } = loadGatewayConfig({ file: 'gateway.yaml', text });
  const rules = issues.map(({ rule }) => rule);
  expect(rules.filter((rule) => !accepted.includes(rule))).toEqual([]);
  return config;
}

const kvcacheOf = ({ listeners }: GatewayConfig) => listeners[0]!.filters[0]!.config;

describe('of run mock', () => {
  it('is the sample’s, its servers at the given places', () => {
    const text = sampleConfig({
      listen: { host: '127.0.0.1', port: 1 },
      metricPort: 2,
      controller: { url: 'http://127.0.0.1:3' },
      engines: [{ url: 'http://[::1]:4' }, { url: 'http://engine.test' }],
    });
    const { config } = loadGatewayConfig({ file: 'gateway.yaml', text });
    expect(config.listeners[0]!.address).toEqual({ host: '127.0.0.1', port: 1 });
    expect(config.clusters[0]!.endpoints).toMatchObject([
      { id: 'mock-llm-a', host: '[::1]', port: 4 },
      { id: 'mock-llm-b', host: 'engine.test', port: 80 },
    ]);
    expect(kvcacheOf(config)).toMatchObject({ strategy: { pin: { instanceId: 'mock-llm-b' } } });
  });
});

describe.each(['mock', 'real-engine'] as const)('of config init --kind %s', (kind) => {
  it('is the starter as it is when nothing else is asked for', () => {
    const { text } = readShippedConfig(`starter-${kind}.yaml`);
    expect(starterConfig(kind, { engines: [] })).toBe(text);
  });

  it.each([1, 2, 5])('takes %i engines, and stays without a complaint', (count) => {
    const engines = Array.from({ length: count }, (_, at) => ({
      id: `e${at}`,
      url: `https://10.0.0.${at}:${8_000 + at}`,
    }));
    const controllerUrl = 'http://10.0.1.1:9000';
    const config = usable(
      starterConfig(kind, { engines, controllerUrl, model: 'm', listenPort: 0 }),
    );
    expect(config.clusters[0]!.endpoints).toMatchObject(
      engines.map(({ id }, at) => ({ id, host: `10.0.0.${at}`, port: 8_000 + at })),
    );
    expect(kvcacheOf(config)).toMatchObject({
      vllmEndpoint: engines[0]!.url,
      lmcacheEndpoint: controllerUrl,
      defaultModel: 'm',
      strategy: { pin: { instanceId: 'e0' } },
    });
    const [listener] = config.listeners;
    expect(listener!.address.port).toBe(0);
    expect(listener!.filters[2]!.config).toMatchObject({ scheme: 'https' });
  });
});

describe('of verify', () => {
  /** The template speaks the locations of the original script, and it says so. */
  const ACCEPTED = [
    'evict-unsupported',
    'location-unknown',
    'compress-method',
    'load-threshold-own-load',
    'pixiu-ignores',
  ];
  const settingsOf = (flags: Record<string, string | string[]>) =>
    resolveTargets({ model: 'm', listenPort: '0', ...flags }, {});

  it('has every engine, stays on loopback, and lets a request choose its policy', () => {
    const engine = ['a=http://h1:8000', 'b=http://h2:8000', 'c=http://h3:8000'];
    const settings = settingsOf({ engine, lmcache: 'http://l:9000', routing: 'random' });
    const config = usable(judgedConfig(settings), ACCEPTED);
    expect(config.clusters[0]!.endpoints.map(({ id, host }) => [id, host])).toEqual([
      ['a', 'h1'],
      ['b', 'h2'],
      ['c', 'h3'],
    ]);
    expect(config.listeners[0]!.address).toEqual({ host: '127.0.0.1', port: 0 });
    expect(config.extension.routing).toMatchObject({ policy: 'random', allowHeaderOverride: true });
  });

  it('asks a controller by default where there is one', () => {
    const engine = ['a=http://h1:8000', 'b=http://h2:8000'];
    const config = usable(judgedConfig(settingsOf({ engine, lmcache: 'http://l:9000' })), ACCEPTED);
    expect(config.extension.routing).toMatchObject({ policy: 'lookup' });
    expect(kvcacheOf(config)).toMatchObject({ lmcacheEndpoint: 'http://l:9000' });
  });

  it('has the sources of KV events where it routes by them, and only there', () => {
    const events = 'tcp://h1:5557,replay=tcp://h1:5558';
    const flags = { engine: ['a=http://h1:8000'], kvEvents: [events], lmcache: 'http://l:9000' };
    const { extension } = usable(
      judgedConfig(settingsOf({ ...flags, routing: 'events' })),
      ACCEPTED,
    );
    expect(extension.routing.policy).toBe('events');
    expect(extension.kvEvents.sources).toEqual([
      { endpointId: 'a', url: 'tcp://h1:5557', replay: 'tcp://h1:5558', topic: '' },
    ]);
    expect(usable(judgedConfig(settingsOf(flags)), ACCEPTED).extension.kvEvents.sources).toEqual(
      [],
    );
    expect(() => settingsOf({ ...flags, kvEvents: [], routing: 'events' })).toThrow(
      'the KV events of engine a',
    );
  });

  it('names no controller where there is none, and asks nothing of one', () => {
    const config = usable(judgedConfig(settingsOf({ engine: ['a=http://h1:8000'] })), [
      'no-controller',
      'pixiu-ignores',
    ]);
    expect(config.clusters[0]!.endpoints.map(({ id }) => id)).toEqual(['a']);
    expect(kvcacheOf(config)).toMatchObject({
      lmcacheEndpoint: '',
      strategy: { enablePinning: false },
    });
    expect(config.extension.routing).toMatchObject({ policy: 'prefix' });
  });
});

it('of a scenario holds its engines and lets its own settings win', () => {
  const text = fleetConfig(
    {
      policy: 'lookup',
      endpoint: { fallback: true },
      filter: { lookup_routing_timeout: '1s' },
      extension: { routing: { lookup_timeout: '2s' } },
    },
    {
      listenPort: 1,
      metricPort: 2,
      model: 'm',
      controllerUrl: 'http://c:3',
      engines: [{ id: 'a', url: 'http://[::1]:4' }],
    },
  );
  const config = usable(text, ['tokenizer-missing']);
  expect(config.clusters[0]!.endpoints).toMatchObject([{ id: 'a', host: '[::1]', port: 4 }]);
  expect(config.extension.routing).toMatchObject({ lookupTimeoutMs: 2_000 });
});
