import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { hostInUrl, originOf } from '../base/origin.ts';
import { nodesAt, setAt } from './yaml-paths.ts';

/** Where the servers of a gateway file are to be. What is left out stays as the file has it. */
export interface ServerPlaces {
  /** Of the first listener; port 0 asks for a free one. */
  listen?: { host?: string | undefined; port: number } | undefined;
  metricPort?: number | undefined;
  /** Null: there is no controller, and so nothing that it could be asked to do. */
  controllerUrl?: string | null | undefined;
  /**
   * The cluster's endpoints from now on, in its order; the first answers `/tokenize`. Each is like the
   * one of the file that stood in its place, or else the last. None: those of the file.
   */
  engines?: readonly EnginePlace[] | undefined;
  model?: string | undefined;
  /** Instance that prompts are pinned on. */
  pinInstanceId?: string | undefined;
  /** Of every engine. */
  scheme?: string | undefined;
  /** Becomes `x-kvcache`. */
  extension?: object | undefined;
}

export interface EnginePlace {
  /** Undefined: as the file calls the endpoint in its place. */
  id?: string | undefined;
  url: string;
}

const HTTP_FILTERS =
  'static_resources.listeners.*.filter_chains.filters.*.config.http_filters.*.config';

/** A gateway file with its servers elsewhere, comments kept. */
export function placeServers(text: string, places: ServerPlaces): string {
  const { listen, controllerUrl, engines = [], extension } = places;
  const document = parseDocument(text, { version: '1.1', merge: true });
  const root = document.contents;
  const [endpoints] = nodesAt(root, 'static_resources.clusters.*.endpoints');
  if (engines.length > 0 && isSeq(endpoints)) {
    const patterns = endpoints.items as Node[];
    endpoints.items = engines.map((engine, at) => placed(patterns[at] ?? patterns.at(-1)!, engine));
  }
  const socket = 'static_resources.listeners.*.address.socket_address';
  const values: Readonly<Record<string, string | number | null | undefined>> = {
    [`${socket}.address`]: listen?.host,
    [`${socket}.port`]: listen?.port,
    'metric.prometheus_port': places.metricPort,
    [`${HTTP_FILTERS}.vllm_endpoint`]: engines[0]?.url,
    [`${HTTP_FILTERS}.lmcache_endpoint`]: controllerUrl,
    [`${HTTP_FILTERS}.default_model`]: places.model,
    [`${HTTP_FILTERS}.cache_strategy.pin_instance_id`]: places.pinInstanceId,
    [`${HTTP_FILTERS}.scheme`]: places.scheme,
  };
  for (const [path, value] of Object.entries(values)) {
    if (value !== undefined && value !== null) setAt(root, path, value);
  }
  if (controllerUrl === null) dropController(root);
  if (extension) document.set('x-kvcache', document.createNode(extension));
  return document.toString({ lineWidth: 0 });
}

function placed(pattern: Node, { id, url }: EnginePlace): Node {
  const endpoint = pattern.clone() as Node;
  const { host, port } = originOf(url);
  if (id !== undefined) setAt(endpoint, 'id', id);
  setAt(endpoint, 'socket_address.address', hostInUrl(host));
  setAt(endpoint, 'socket_address.port', port);
  return endpoint;
}

function dropController(root: Node | null): void {
  for (const filter of nodesAt(root, HTTP_FILTERS)) {
    if (!isMap(filter)) continue;
    filter.items = filter.items.filter(
      ({ key }) => !isScalar(key) || !OF_CONTROLLER.has(String(key.value)),
    );
  }
}

const OF_CONTROLLER: ReadonlySet<string> = new Set(['lmcache_endpoint', 'cache_strategy']);
