import { isCollection, isSeq, type Node, parseDocument } from 'yaml';
import { KVCACHE_CONFIGS, setAddress } from './addresses.ts';
import { nodesAt, setAt } from './yaml-paths.ts';

/** The servers a config is begun for; what is left out stays as the starter has it. */
export interface StarterPlaces {
  /** Empty: those of the starter. */
  engines: readonly { id: string; url: string }[];
  controllerUrl?: string | undefined;
  model?: string | undefined;
  listenPort?: number | undefined;
}

/** A starter config for other servers, comments kept. `/tokenize` and pins go to the first engine. */
export function starterConfig(text: string, places: StarterPlaces): string {
  const { engines, controllerUrl, model, listenPort } = places;
  const document = parseDocument(text);
  const root = document.contents;
  const [first] = engines;
  const [endpoints] = nodesAt(root, 'static_resources.clusters.*.endpoints');
  if (first && isSeq(endpoints)) {
    const [commented, plain] = endpoints.items as [Node, Node];
    endpoints.items = engines.map((engine, at) => endpointOf(at === 0 ? commented : plain, engine));
  }
  const set = (path: string, value: string | number | undefined): void => {
    if (value !== undefined) setAt(root, path, value);
  };
  set('static_resources.listeners.*.address.socket_address.port', listenPort);
  set(`${KVCACHE_CONFIGS}.lmcache_endpoint`, controllerUrl);
  set(`${KVCACHE_CONFIGS}.default_model`, model);
  set(`${KVCACHE_CONFIGS}.vllm_endpoint`, first?.url);
  set(`${KVCACHE_CONFIGS}.cache_strategy.pin_instance_id`, first?.id);
  set(`${KVCACHE_CONFIGS}.scheme`, first && new URL(first.url).protocol.replace(':', ''));
  return document.toString({ lineWidth: 0 });
}

function endpointOf(pattern: Node, { id, url }: { id: string; url: string }): Node {
  const endpoint = isCollection(pattern) ? (pattern.clone() as Node) : pattern;
  setAt(endpoint, 'id', id);
  setAddress(endpoint, url);
  return endpoint;
}
