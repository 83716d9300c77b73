import type { RoutingPolicy } from '../config/gateway-config.ts';

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

/** A gateway config for a fleet of mock engines, as JSON, which every YAML reader takes. */
export function fleetGatewayConfig(settings: FleetGatewaySettings, places: FleetPlaces): string {
  const routing = (settings.extension['routing'] ?? {}) as Settings;
  const config = {
    static_resources: {
      listeners: [listenerOf(settings, places)],
      clusters: [
        {
          name: 'fleet',
          lb_policy: 'RoundRobin',
          endpoints: places.engines.map((engine) => endpointOf(engine, settings)),
        },
      ],
      shutdown_config: { timeout: '10s', step_timeout: '2s', reject_policy: 'immediacy' },
    },
    metric: { enable: true, prometheus_port: places.metricPort },
    'x-kvcache': {
      ...settings.extension,
      routing: { ...PATIENCE, ...routing, policy: settings.policy },
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
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
  const { hostname, port } = new URL(url);
  return {
    ID: id,
    socket_address: { address: hostname, port: Number(port) },
    llm_meta: { retry_policy: { name: 'NoRetry' }, ...endpoint },
  };
}
