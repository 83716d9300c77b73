import { hostInUrl, originOf } from '../base/origin.ts';
import type { RoutingPolicy } from '../config/routing-policies.ts';
import { type EnginePlace, placeServers, type ServerPlaces } from '../config/place-servers.ts';
import { renderTemplate, type Variables } from '../config/render.ts';
import { readShippedConfig } from '../config/shipped.ts';
import { targetVariables } from '../config/target.ts';
import type { KvEventSourceConfig } from '../config/gateway-config.ts';

// Every gateway config that we write, for whomever we write it.

export interface SamplePlaces {
  listen: { host: string | undefined; port: number };
  metricPort: number;
  controller: { url: string };
  engines: readonly [{ url: string }, { url: string }];
}

/** Of `run mock`: the sample's own config, its four servers at the given places. */
export function sampleConfig({ controller, engines, ...listens }: SamplePlaces): string {
  return placeServers(readShippedConfig('mock.yaml').text, {
    ...listens,
    controllerUrl: controller.url,
    engines: engines.map(({ url }) => ({ url })),
  });
}

export interface StarterPlaces extends Pick<ServerPlaces, 'controllerUrl' | 'model'> {
  /** Empty: those of the starter. */
  engines: readonly Required<EnginePlace>[];
  listenPort?: number | undefined;
}

/** Of `config init`: a commented one to start from. Pins go to the first engine. */
export function starterConfig(kind: 'mock' | 'real-engine', places: StarterPlaces): string {
  const { listenPort, ...servers } = places;
  const [first] = places.engines;
  return placeServers(readShippedConfig(`starter-${kind}.yaml`).text, {
    ...servers,
    listen: listenPort === undefined ? undefined : { port: listenPort },
    pinInstanceId: first?.id,
    scheme: first && new URL(first.url).protocol.replace(':', ''),
  });
}

export interface JudgedPlaces {
  targets: {
    engines: readonly Required<EnginePlace>[];
    controllerUrl: string | null;
    kvEvents: readonly KvEventSourceConfig[];
    model: string;
  };
  /** Variables of the template. */
  template: Variables;
  listenPort: number;
  metricPort: number;
  /** Of the embedded gateway; null for any other, which does not read it. */
  policy: RoutingPolicy | null;
}

/**
 * Of `verify`: the original template filled in and bound to loopback. One gateway serves both arms, so
 * a header lets a request ask for another policy.
 * @throws KvcacheError TEMPLATE_INVALID (kind usage)
 */
export function judgedConfig(places: JudgedPlaces): string {
  const { targets, listenPort, metricPort, policy } = places;
  const { engines, controllerUrl, kvEvents, model } = targets;
  const { values } = targetVariables({
    ...places.template,
    MODEL_NAME: model,
    // The template wants one; it goes again where there is none.
    LMCACHE_ENDPOINT: controllerUrl ?? 'http://none',
  });
  return placeServers(renderTemplate(readShippedConfig('real-engine.yaml.tmpl'), values).text, {
    listen: { host: '127.0.0.1', port: listenPort },
    metricPort,
    controllerUrl,
    engines,
    extension: {
      routing: { policy: policy ?? 'lookup', allow_header_override: true },
      ...(policy === 'events' && { kv_events: { sources: kvEvents.map(sourceText) } }),
    },
  });
}

/** As a config file has it. */
function sourceText({ endpointId, ...address }: KvEventSourceConfig): object {
  return { endpoint: endpointId, ...address };
}

type Settings = Readonly<Record<string, unknown>>;

/** What a scenario says of its gateway, in the config's own keys. */
export interface FleetGatewaySettings {
  policy: RoutingPolicy;
  /** Added to `llm_meta` of every endpoint. */
  endpoint: Settings;
  /** Added to the kvcache filter. */
  filter: Settings;
  /** Added to `x-kvcache`; `policy` beats its routing policy. */
  extension: Settings;
}

export interface FleetPlaces {
  listenPort: number;
  metricPort: number;
  model: string;
  controllerUrl: string;
  engines: readonly { id: string; url: string }[];
}

/**
 * No request of a scenario may go unrouted because the machine is busy, so the bounds on deciding are
 * far from anything a mock takes. Settings of the scenario come after and win.
 */
const PATIENCE = { tokenize_timeout: '5s', lookup_timeout: '5s' } as const;

/** Of a scenario: for a fleet of mock engines, as JSON, which every YAML reader takes. */
export function fleetConfig(settings: FleetGatewaySettings, places: FleetPlaces): string {
  const { engines } = places;
  const routing = (settings.extension['routing'] ?? {}) as Settings;
  const config = {
    static_resources: {
      listeners: [listenerOf(settings, places)],
      clusters: [
        {
          name: 'fleet',
          lb_policy: 'RoundRobin',
          endpoints: engines.map((engine) => endpointOf(engine, settings)),
        },
      ],
      shutdown_config: { timeout: '10s', step_timeout: '2s', reject_policy: 'immediacy' },
    },
    metric: { enable: true, prometheus_port: places.metricPort },
    'x-kvcache': {
      ...(settings.policy === 'events' && { kv_events: { sources: engines.map(mockSource) } }),
      ...settings.extension,
      routing: { ...PATIENCE, ...routing, policy: settings.policy },
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Where a mock engine publishes its KV events. */
function mockSource({ id, url }: FleetPlaces['engines'][number]): object {
  return { endpoint: id, url: `${url}/__mock/events` };
}

function listenerOf({ filter }: FleetGatewaySettings, places: FleetPlaces): object {
  const limits = { idle_timeout: '30s', read_timeout: '30s', write_timeout: '30s' };
  const httpFilters = [
    {
      name: 'dgp.filter.ai.kvcache',
      config: {
        enabled: true,
        vllm_endpoint: places.engines[0]!.url,
        lmcache_endpoint: places.controllerUrl,
        default_model: places.model,
        request_timeout: '5s',
        token_cache: { enabled: true, max_size: 1_024, ttl: '10m' },
        ...filter,
      },
    },
    { name: 'dgp.filter.llm.proxy', config: { timeout: '30s', scheme: 'http' } },
  ];
  return {
    name: 'net/http',
    protocol_type: 'HTTP',
    address: { socket_address: { address: '127.0.0.1', port: places.listenPort } },
    filter_chains: {
      filters: [
        {
          name: 'dgp.filter.httpconnectionmanager',
          config: {
            route_config: { routes: [{ match: { prefix: '/v1' }, route: { cluster: 'fleet' } }] },
            http_filters: httpFilters,
          },
        },
      ],
    },
    config: limits,
  };
}

function endpointOf(
  { id, url }: FleetPlaces['engines'][number],
  { endpoint }: FleetGatewaySettings,
): object {
  const { host, port } = originOf(url);
  return {
    ID: id,
    socket_address: { address: hostInUrl(host), port },
    llm_meta: { retry_policy: { name: 'NoRetry' }, ...endpoint },
  };
}
