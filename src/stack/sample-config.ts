import type { ListenAddress } from '../net/listen.ts';
import { listenAddressOf } from './environment.ts';
import type { StackMember } from './options.ts';

export interface SamplePlaces {
  listen: ListenAddress;
  metricPort: number;
  controller: StackMember;
  /** In the order of the cluster's endpoints; the first answers `/tokenize`. */
  engines: readonly [StackMember, StackMember];
}

const ENGINE_IDS = ['mock-llm-a', 'mock-llm-b'] as const;

/** The sample's gateway config for the places in use. */
export function sampleConfig({ listen, metricPort, controller, engines }: SamplePlaces): string {
  const values: Readonly<Record<string, string>> = {
    LISTEN_HOST: listen.host ?? '0.0.0.0',
    LISTEN_PORT: String(listen.port),
    METRIC_PORT: String(metricPort),
    VLLM: engines[0].url,
    LMCACHE: controller.url,
    ENDPOINTS: engines.map(({ url }, index) => endpoint(ENGINE_IDS[index]!, url)).join('\n'),
  };
  return TEMPLATE.replaceAll(/@(\w+)@/g, (_, name: string) => values[name]!);
}

function endpoint(id: string, url: string): string {
  const { host, port } = listenAddressOf(url);
  return [
    `        - id: "${id}"`,
    `          socket_address: { address: "${host}", port: ${port} }`,
    '          llm_meta: { retry_policy: { name: "NoRetry" } }',
  ].join('\n');
}

const TEMPLATE = `static_resources:
  listeners:
    - name: "net/http"
      protocol_type: "HTTP"
      address: { socket_address: { address: "@LISTEN_HOST@", port: @LISTEN_PORT@ } }
      filter_chains:
        filters:
          - name: dgp.filter.httpconnectionmanager
            config:
              route_config:
                routes:
                  - match: { prefix: "/v1/chat/completions" }
                    route: { cluster: "mock_llm", cluster_not_found_response_code: 505 }
              http_filters:
                - name: dgp.filter.ai.kvcache
                  config:
                    enabled: true
                    vllm_endpoint: "@VLLM@"
                    lmcache_endpoint: "@LMCACHE@"
                    default_model: "mock-model"
                    request_timeout: 3s
                    lookup_routing_timeout: 80ms
                    hot_window: 2m
                    hot_max_records: 100
                    token_cache: { enabled: true, max_size: 1024, ttl: 10m }
                    cache_strategy:
                      enable_compression: true
                      enable_pinning: true
                      enable_eviction: true
                      memory_threshold: 0.000001
                      hot_content_threshold: 1
                      load_threshold: 0.000001
                      pin_instance_id: "mock-llm-b"
                      pin_location: "ram-b"
                      compress_instance_id: "mock-llm-b"
                      compress_location: "ram-b"
                      compress_method: "zstd"
                      evict_instance_id: "mock-llm-a"
                - name: dgp.filter.llm.proxy
                  config: { timeout: 30s, maxIdleConns: 100, maxIdleConnsPerHost: 100, maxConnsPerHost: 100, scheme: "http" }
      config: { idle_timeout: 30s, read_timeout: 30s, write_timeout: 30s }
  clusters:
    - name: "mock_llm"
      lb_policy: "round_robin"
      endpoints:
@ENDPOINTS@
  shutdown_config: { timeout: "10s", step_timeout: "2s", reject_policy: "immediacy" }
metric:
  enable: true
  prometheus_port: @METRIC_PORT@
`;
