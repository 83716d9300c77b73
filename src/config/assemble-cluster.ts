import { DEFAULT_PORTS, hostInUrl } from '../base/origin.ts';
import type {
  ClusterConfig,
  EndpointConfig,
  EndpointLlmConfig,
  HealthCheckConfig,
  RetryPolicy,
} from './gateway-config.ts';
import type { GatewayFile } from './gateway-schema.ts';
import { resolveLbPolicy } from './lb-policy.ts';

export type ClusterFile = GatewayFile['static_resources']['clusters'][number];
export type EndpointFile = ClusterFile['endpoints'][number];
type LlmMetaFile = NonNullable<EndpointFile['llm_meta']>;

const COOLDOWN_DEFAULT_MS = 5_000;
const RETRY_TIMES_DEFAULT = 2;

export interface ClusterContext {
  index: number;
  /** Of the proxy filter that forwards to the cluster: decides the port of bare domains. */
  scheme: 'http' | 'https';
}

export function assembleCluster(file: ClusterFile, context: ClusterContext): ClusterConfig {
  const { consistent } = file;
  const ids = uniqueEndpointIds(file.endpoints);
  return {
    name: file.name || `cluster-${context.index + 1}`,
    lbPolicy: resolveLbPolicy(file.lb_policy),
    consistent: {
      replicaNum: consistent.replica_num,
      maxVnodeNum: consistent.max_vnode_num,
      maglevTableSize: consistent.maglev_table_size,
    },
    healthCheck: assembleHealthCheck(file),
    endpoints: file.endpoints.map((endpoint, index) => ({
      ...assembleEndpoint(endpoint, index, context),
      id: ids[index]!,
    })),
  };
}

/** Endpoint ids in list order; repeated ones get `-2`, `-3`, as in Pixiu. */
export function uniqueEndpointIds(endpoints: readonly EndpointFile[]): string[] {
  const taken = new Set<string>();
  return endpoints.map((endpoint) => {
    const wanted = endpoint.ID || generatedId(endpoint);
    let id = wanted;
    for (let count = 2; taken.has(id); count++) id = `${wanted}-${count}`;
    taken.add(id);
    return id;
  });
}

function generatedId({ socket_address: { address, port, domains } }: EndpointFile): string {
  return `generated-${domains[0] ?? address}-${port}`;
}

function assembleEndpoint(
  file: EndpointFile,
  index: number,
  context: ClusterContext,
): EndpointConfig {
  const { address, port, domains } = file.socket_address;
  const [domain] = domains;
  const weight = Number(file.meta['weight']);
  return {
    id: file.ID,
    name: file.name || `endpoint-${index + 1}#${file.llm_meta?.provider ?? ''}`,
    host: hostInUrl(domain ?? address),
    port: domain === undefined ? port : DEFAULT_PORTS[context.scheme],
    weight: Number.isFinite(weight) && weight > 0 ? weight : 1,
    llm: assembleLlmMeta(file.llm_meta),
  };
}

function assembleLlmMeta(file: LlmMetaFile | undefined): EndpointLlmConfig {
  return {
    provider: file?.provider ?? '',
    apiKey: file?.api_key ?? '',
    fallback: file?.fallback ?? false,
    cooldownMs: file?.health_check_interval ?? COOLDOWN_DEFAULT_MS,
    retry: file ? assembleRetry(file.retry_policy) : { name: 'NoRetry' },
  };
}

function assembleRetry({ name, config }: LlmMetaFile['retry_policy']): RetryPolicy {
  const times = config.times ?? RETRY_TIMES_DEFAULT;
  switch (retryPolicyName(name)) {
    case 'CountBased':
      return { name: 'CountBased', times };
    case 'ExponentialBackoff':
      return {
        name: 'ExponentialBackoff',
        times,
        initialIntervalMs: config.initialInterval,
        maxIntervalMs: config.maxInterval,
        multiplier: config.multiplier,
      };
    case 'NoRetry':
    case undefined:
      return { name: 'NoRetry' };
  }
}

/** Undefined for a name that is no policy; letter case is free. */
export function retryPolicyName(text: string): RetryPolicy['name'] | undefined {
  const names = ['NoRetry', 'CountBased', 'ExponentialBackoff'] as const;
  return names.find((name) => name.toLowerCase() === text.toLowerCase());
}

function assembleHealthCheck({ health_checks }: ClusterFile): HealthCheckConfig | undefined {
  const [first] = health_checks;
  if (!first) return undefined;
  return {
    protocol: healthProtocol(first.protocol) ?? 'tcp',
    path: first.path,
    timeoutMs: first.timeout,
    intervalMs: first.interval,
    initialDelayMs: first.initial_delay_seconds,
    healthyThreshold: first.healthy_threshold,
    unhealthyThreshold: first.unhealthy_threshold,
  };
}

/** Undefined for what is no protocol, which Pixiu takes as tcp; letter case is free. */
export function healthProtocol(text: string): HealthCheckConfig['protocol'] | undefined {
  const names = ['tcp', 'http', 'https'] as const;
  return names.find((name) => name === text.toLowerCase());
}
