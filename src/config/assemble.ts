import { assembleCluster } from './assemble-cluster.ts';
import { assembleFilter, type ListenerFile, type ManagerFile } from './assemble-filter.ts';
import type {
  ExtensionConfig,
  GatewayConfig,
  ListenerConfig,
  RouteConfig,
} from './gateway-config.ts';
import type { GatewayFile } from './gateway-schema.ts';

type ExtensionFile = GatewayFile['x-kvcache'];
type RouteFile = ManagerFile['route_config']['routes'][number];

const NOT_FOUND_STATUS = 503;

/** The gateway's view of a file that has been read. Pure; what is wrong is the linter's to say. */
export function assembleGatewayConfig(file: GatewayFile): GatewayConfig {
  const extension = assembleExtension(file['x-kvcache']);
  const { listeners, clusters } = file.static_resources;
  const metric = file.metric.enable ? file.metric : file.static_resources.metric;
  const own = file.static_resources.shutdown_config;
  return {
    listeners: listeners.map(assembleListener),
    clusters: clusters.map((cluster, index) =>
      assembleCluster(cluster, {
        index,
        scheme: schemeOf(listeners, cluster.name),
      }),
    ),
    shutdown: { timeoutMs: own.timeout === 0 ? file.shutdown_config.timeout : own.timeout },
    metricPort: metric.enable ? metric.prometheus_port : undefined,
    extension,
  };
}

/** Settings of the connection manager; defaults when the listener has none. */
export function managerOf(listener: ListenerFile): ManagerFile | undefined {
  return listener.filter_chains.filters[0]?.config;
}

function assembleListener(file: ListenerFile): ListenerConfig {
  const { address, port } = file.address.socket_address;
  const manager = managerOf(file);
  return {
    name: file.name,
    address: { host: address.replace(/^\[|\]$/g, ''), port },
    idleTimeoutMs: file.config.idle_timeout,
    readTimeoutMs: file.config.read_timeout,
    writeTimeoutMs: file.config.write_timeout,
    maxHeaderBytes: file.config.max_header_bytes,
    managerTimeoutMs: manager?.timeout ?? 0,
    routes: (manager?.route_config.routes ?? []).map(assembleRoute),
    filters: (manager?.http_filters ?? []).map(assembleFilter),
  };
}

function assembleRoute({ match, route }: RouteFile): RouteConfig {
  return {
    match: {
      prefix: match.prefix || undefined,
      path: match.path || undefined,
      methods: match.methods.map((method) => method.toUpperCase()),
      headers: match.headers,
    },
    cluster: route.cluster,
    clusterNotFoundStatus: route.cluster_not_found_response_code ?? NOT_FOUND_STATUS,
  };
}

/** Of the first proxy filter that forwards to the cluster. */
function schemeOf(listeners: readonly ListenerFile[], cluster: string): 'http' | 'https' {
  for (const manager of listeners.map(managerOf)) {
    const isUsed = manager?.route_config.routes.some(({ route }) => route.cluster === cluster);
    for (const filter of isUsed ? (manager?.http_filters ?? []) : []) {
      if (filter.name === 'dgp.filter.llm.proxy') return filter.config.scheme;
    }
  }
  return 'http';
}

function assembleExtension(file: ExtensionFile): ExtensionConfig {
  const { limits, admin, record, shared_memory: shared } = file;
  return {
    routing: assembleRouting(file.routing),
    controller: {
      dialect: file.controller.dialect,
      model: file.controller.model || undefined,
      worldSize: file.controller.world_size || undefined,
    },
    kvEvents: {
      sources: file.kv_events.sources.map(({ endpoint, ...address }) => ({
        endpointId: endpoint,
        ...address,
      })),
    },
    limits: {
      bodyBytesMax: limits.body_bytes_max,
      bufferedBytesMax: limits.buffered_bytes_max,
      headerBytesMax: limits.header_bytes_max,
      headersTimeoutMs: limits.headers_timeout,
      bodyTimeoutMs: limits.body_timeout,
    },
    responseHeaders: file.response_headers,
    admin: admin && { host: admin.address, port: admin.port },
    record: record && { file: record.file, what: record.what, bytesMax: record.bytes_max },
    sharedMemory: shared && {
      url: shared.url,
      stream: shared.stream,
      entriesMax: shared.entries_max,
    },
    metricHost: file.metric_address,
    accessLog: file.access_log,
  };
}

/** The file's words in ours. */
export function assembleRouting(file: ExtensionFile['routing']): ExtensionConfig['routing'] {
  const { prefix_index: index } = file;
  return {
    policy: file.policy,
    shadow: file.shadow,
    allowHeaderOverride: file.allow_header_override,
    tokenizeTimeoutMs: file.tokenize_timeout,
    lookupTimeoutMs: file.lookup_timeout,
    minimumMatchTokens: file.minimum_match_tokens,
    loadWeightTokens: file.load_weight_tokens,
    maxAffinityLoss: file.max_affinity_loss,
    sessionHeader: file.session_affinity ? file.session_header.toLowerCase() : '',
    hashLoadMax: file.hash_load_max,
    prefixIndex: {
      blockTokens: index.block_tokens,
      ttlMs: index.ttl,
      maxBlocks: index.max_blocks,
    },
  };
}
