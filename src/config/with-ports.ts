import { type Document, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { readShippedConfig } from './shipped.ts';

/** Ports of one stack; 0 is passed through and asks the server for a free one. */
export interface StackPorts {
  /** Of the first listener. */
  listen: number;
  /** `metric.prometheus_port`, changed only where the file has one. */
  metric: number;
  /** Of `lmcache_endpoint`. */
  controller: number;
  /** By endpoint id; endpoints not named keep their port. */
  engines: Readonly<Record<string, number>>;
}

/** The mock sample's config on the given ports. */
export function mockGatewayConfig(ports: {
  listen: number;
  metric: number;
  controller: number;
  engineA: number;
  engineB: number;
}): string {
  const engines = { 'mock-llm-a': ports.engineA, 'mock-llm-b': ports.engineB };
  return withPorts(readShippedConfig('mock.yaml').text, { ...ports, engines });
}

/**
 * A gateway config with other ports, comments kept. `vllm_endpoint` follows the endpoint it had
 * the port of. Text that is not a gateway config comes back as it is.
 */
export function withPorts(text: string, ports: StackPorts): string {
  const document = parseDocument(text, { version: '1.1', merge: true });
  if (document.errors.length > 0) return text;
  const engineMoves = moveEngines(document, ports.engines);
  const [listener] = nodesAt(document.contents, 'static_resources.listeners.*');
  setPort(nodesAt(listener, 'address.socket_address.port')[0], ports.listen);
  setPort(nodesAt(document.contents, 'metric.prometheus_port')[0], ports.metric);
  for (const filter of nodesAt(document.contents, KVCACHE_CONFIGS)) {
    moveUrl(nodesAt(filter, 'lmcache_endpoint')[0], () => ports.controller);
    moveUrl(nodesAt(filter, 'vllm_endpoint')[0], (port) => engineMoves.get(port));
  }
  return document.toString({ lineWidth: 0 });
}

const KVCACHE_CONFIGS =
  'static_resources.listeners.*.filter_chains.filters.*.config.http_filters.*.config';

/** Returns which port became which. */
function moveEngines(
  document: Document,
  engines: Readonly<Record<string, number>>,
): Map<number, number> {
  const moves = new Map<number, number>();
  for (const endpoint of nodesAt(document.contents, 'static_resources.clusters.*.endpoints.*')) {
    const id = nodesAt(endpoint, 'id')[0];
    const port = nodesAt(endpoint, 'socket_address.port')[0];
    const target = isScalar(id) ? engines[String(id.value)] : undefined;
    if (target === undefined || !isScalar(port)) continue;
    moves.set(Number(port.value), target);
    setPort(port, target);
  }
  return moves;
}

function setPort(node: Node | undefined, port: number): void {
  if (isScalar(node)) node.value = port;
}

function moveUrl(node: Node | undefined, portOf: (port: number) => number | undefined): void {
  if (!isScalar(node) || !URL.canParse(String(node.value))) return;
  const url = new URL(String(node.value));
  const port = portOf(Number(url.port || (url.protocol === 'https:' ? 443 : 80)));
  if (port === undefined) return;
  url.port = String(port);
  node.value = url.href.replace(/\/$/, '');
}

/** Values at a dotted path; `*` stands for every list item, letter case does not count. */
function nodesAt(start: Node | null | undefined, path: string): Node[] {
  let current: Node[] = start ? [start] : [];
  for (const segment of path.split('.')) {
    current = current.flatMap((node) => childrenAt(node, segment));
  }
  return current;
}

function childrenAt(node: Node, segment: string): Node[] {
  if (segment === '*') return isSeq(node) ? (node.items as Node[]) : [];
  if (!isMap(node)) return [];
  const pair = node.items.find(
    ({ key }) => isScalar(key) && String(key.value).toLowerCase() === segment,
  );
  return pair?.value ? [pair.value as Node] : [];
}
