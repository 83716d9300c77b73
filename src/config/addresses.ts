import { hostInUrl, originOf, readOrigin } from '../base/origin.ts';
import { type Document, isScalar, type Node, parseDocument } from 'yaml';
import { readShippedConfig } from './shipped.ts';
import { nodesAt, setAt } from './yaml-paths.ts';
import { parseYamlSource } from './yaml-source.ts';

/** Where the servers of one stack are. */
export interface StackAddresses {
  /** Of the first listener; port 0 asks for a free one, host undefined keeps the file's. */
  listen: { host: string | undefined; port: number };
  /** `metric.prometheus_port`, changed only where the file has one. */
  metricPort: number;
  /** Becomes `lmcache_endpoint`. */
  controllerUrl: string;
  /** Base URL by endpoint id; endpoints not named stay where they are. */
  engineUrls: Readonly<Record<string, string>>;
}

/** The mock sample's config with its two engines, in cluster order, at the given places. */
export function mockGatewayConfig(
  places: Omit<StackAddresses, 'engineUrls'> & { engineUrls: readonly [string, string] },
): string {
  const [a, b] = places.engineUrls;
  const { text } = readShippedConfig('mock.yaml');
  return withAddresses(text, { ...places, engineUrls: { 'mock-llm-a': a, 'mock-llm-b': b } });
}

/**
 * A gateway config with other addresses, comments kept. `vllm_endpoint` follows the endpoint it
 * had the host and port of. Text that is no YAML comes back as it is.
 */
export function withAddresses(text: string, addresses: StackAddresses): string {
  if (parseYamlSource({ text, file: '' }).issues.length > 0) return text;
  const document = parseDocument(text, { version: '1.1', merge: true });
  const { listen, metricPort, controllerUrl, engineUrls } = addresses;
  const moved = moveEngines(document, engineUrls);
  const root = document.contents;
  const [listener] = nodesAt(root, 'static_resources.listeners.*.address.socket_address');
  setAt(listener, 'port', listen.port);
  if (listen.host !== undefined) setAt(listener, 'address', listen.host);
  setAt(root, 'metric.prometheus_port', metricPort);
  for (const filter of nodesAt(root, KVCACHE_CONFIGS)) {
    setAt(filter, 'lmcache_endpoint', controllerUrl);
    const [vllm] = nodesAt(filter, 'vllm_endpoint');
    const engineUrl = isScalar(vllm)
      ? moved.get(readOrigin(String(vllm.value))?.address)
      : undefined;
    if (engineUrl !== undefined) setAt(filter, 'vllm_endpoint', engineUrl);
  }
  return document.toString({ lineWidth: 0 });
}

export const KVCACHE_CONFIGS =
  'static_resources.listeners.*.filter_chains.filters.*.config.http_filters.*.config';

/** Returns the URL that took the place of each `host:port`. */
function moveEngines(
  document: Document,
  engineUrls: Readonly<Record<string, string>>,
): Map<string | undefined, string> {
  const moved = new Map<string | undefined, string>();
  for (const endpoint of nodesAt(document.contents, 'static_resources.clusters.*.endpoints.*')) {
    const [id, host, port] = ['id', 'socket_address.address', 'socket_address.port']
      .map((path) => nodesAt(endpoint, path)[0])
      .map((node) => (isScalar(node) ? String(node.value) : ''));
    if (!Object.hasOwn(engineUrls, id!)) continue;
    const url = engineUrls[id!]!;
    moved.set(`${host}:${port}`, url);
    setAddress(endpoint, url);
  }
  return moved;
}

/** Puts an endpoint where `url` points. */
export function setAddress(endpoint: Node, url: string): void {
  const { host, port } = originOf(url);
  setAt(endpoint, 'socket_address.address', hostInUrl(host));
  setAt(endpoint, 'socket_address.port', port);
}
