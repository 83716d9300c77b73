import type { ListenAddress } from '../net/listen.ts';
import type { StackMember } from './options.ts';
export function sampleConfig({
  listen,
  metricPort,
  backends,
}: {
  listen: ListenAddress;
  metricPort: number;
  backends: readonly StackMember[];
}): string {
  const [controller, a, b] = backends;
  const endpoint = (id: string, url: string): string => {
    const u = new URL(url);
    return `        - id: "${id}"
          socket_address: { address: "${u.hostname}", port: ${u.port} }
          llm_meta: { retry_policy: { name: "NoRetry" } }`;
  };
  return `static_resources:
  listeners:
    - name: "net/http"
      protocol_type: "HTTP"
      address: { socket_address: { address: "${listen.host}", port: ${listen.port} } }
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
                    vllm_endpoint: "${a!.url}"
                    lmcache_endpoint: "${controller!.url}"
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
${endpoint('mock-llm-a', a!.url)}
${endpoint('mock-llm-b', b!.url)}
  shutdown_config: { timeout: "10s", step_timeout: "2s", reject_policy: "immediacy" }
metric:
  enable: true
  prometheus_port: ${metricPort}
`;
}
