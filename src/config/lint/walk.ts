import type { ClusterFile, EndpointFile } from '../assemble-cluster.ts';
import type { FilterFile, KvcacheFile, ListenerFile, ManagerFile } from '../assemble-filter.ts';
import type { GatewayFile } from '../gateway-schema.ts';

/** A part of the file with its key path. */
export interface At<T> {
  value: T;
  path: string;
}

export function listenersOf(file: GatewayFile): At<ListenerFile>[] {
  const { listeners } = file.static_resources;
  return withPaths(listeners, 'static_resources.listeners');
}

export function clustersOf(file: GatewayFile): At<ClusterFile>[] {
  return withPaths(file.static_resources.clusters, 'static_resources.clusters');
}

export function endpointsOf(cluster: At<ClusterFile>): At<EndpointFile>[] {
  return withPaths(cluster.value.endpoints, `${cluster.path}.endpoints`);
}

export function allEndpointsOf(file: GatewayFile): At<EndpointFile>[] {
  return clustersOf(file).flatMap(endpointsOf);
}

/** Connection managers with the listener they belong to. */
export function managersOf(
  file: GatewayFile,
): (At<ManagerFile> & { listener: At<ListenerFile> })[] {
  return listenersOf(file).flatMap((listener) => {
    const [filter] = listener.value.filter_chains.filters;
    return filter ? [{ value: filter.config, path: `${filter.path}.config`, listener }] : [];
  });
}

export function routesOf(
  manager: At<ManagerFile>,
): At<ManagerFile['route_config']['routes'][number]>[] {
  return withPaths(manager.value.route_config.routes, `${manager.path}.route_config.routes`);
}

export function allRoutesOf(file: GatewayFile): ReturnType<typeof routesOf> {
  return managersOf(file).flatMap(routesOf);
}

/** `config` of every kvcache filter that is switched on. */
export function enabledKvcacheOf(file: GatewayFile): At<KvcacheFile>[] {
  return managersOf(file).flatMap((manager) =>
    manager.value.http_filters.flatMap((filter) =>
      filter.name === 'dgp.filter.ai.kvcache' && filter.config.enabled
        ? [{ value: filter.config, path: `${filter.path}.config` }]
        : [],
    ),
  );
}

export function proxiesOf(
  filters: readonly FilterFile[],
): At<Extract<FilterFile, { name: 'dgp.filter.llm.proxy' }>['config']>[] {
  return filters.flatMap((filter) =>
    filter.name === 'dgp.filter.llm.proxy'
      ? [{ value: filter.config, path: `${filter.path}.config` }]
      : [],
  );
}

/** Items whose key has been seen before, with the first one that had it. */
export function repeats<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): { item: T; first: T }[] {
  const firsts = new Map<string, T>();
  const found: { item: T; first: T }[] = [];
  for (const item of items) {
    const first = firsts.get(keyOf(item));
    if (first === undefined) firsts.set(keyOf(item), item);
    else found.push({ item, first });
  }
  return found;
}

function withPaths<T>(values: readonly T[], path: string): At<T>[] {
  return values.map((value, index) => ({ value, path: `${path}[${index}]` }));
}
