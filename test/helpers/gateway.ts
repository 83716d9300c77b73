import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadGatewayConfig } from '../../src/config/load.ts';
import type { GatewayConfig } from '../../src/config/gateway-config.ts';
import {
  type GatewayOptions,
  type RunningGateway,
  startGateway,
} from '../../src/gateway/gateway.ts';

export interface Upstream {
  readonly port: number;
  /** Requests in the order their heads arrived. */
  readonly seen: IncomingMessage[];
  readonly bodies: string[];
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type UpstreamBehaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
) => void;

/** A real server on a free port that answers as told, after the whole request has arrived. */
export async function startUpstream(
  behave: UpstreamBehaviour,
  encoding: BufferEncoding = 'utf8',
): Promise<Upstream> {
  const seen: IncomingMessage[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString(encoding);
      bodies.push(body);
      behave(request, response, body);
    });
  });
  await listenAnywhere(server);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const { port } = server.address() as AddressInfo;
  return { port, seen, bodies, close, [Symbol.asyncDispose]: close };
}

function listenAnywhere(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

/** Answers JSON that names the engine. */
export function served(by: string, extra: object = {}): UpstreamBehaviour {
  return (_request, response) => {
    const body = JSON.stringify({ served_by: by, ...extra });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  };
}

export interface EndpointText {
  id: string;
  port: number;
  /** Lines of `llm_meta`, as YAML flow: `fallback: true, api_key: k`. Null leaves llm_meta out. */
  llm?: string | null;
  weight?: number;
}

export interface ConfigText {
  endpoints: readonly EndpointText[];
  lbPolicy?: string;
  /** YAML flow of the proxy filter's config. */
  proxy?: string;
  /** Further filters before the proxy, as YAML flow list items. */
  filters?: string;
  /** YAML flow list of routes. */
  routes?: string;
  /** YAML flow of the listener's `config`. */
  listener?: string;
  /** YAML flow of `x-kvcache`. */
  extension?: string;
  /** Further keys of the cluster, YAML flow without braces. */
  cluster?: string;
  shutdown?: string;
}

/** A config file's text, listening on a free loopback port. */
export function configText(given: ConfigText): string {
  const routes = given.routes ?? '[{match: {prefix: /v1}, route: {cluster: llm}}]';
  const endpoints = given.endpoints.map(({ id, port, llm, weight }) => {
    const meta = llm === null ? '' : `, llm_meta: {${llm ?? 'retry_policy: {name: NoRetry}'}}`;
    const free = weight === undefined ? '' : `, meta: {weight: "${weight}"}`;
    return `{ID: ${id}, socket_address: {address: 127.0.0.1, port: ${port}}${meta}${free}}`;
  });
  return `
static_resources:
  listeners:
    - name: main
      protocol_type: HTTP
      address: {socket_address: {address: 127.0.0.1, port: 0}}
      filter_chains:
        filters:
          - name: dgp.filter.httpconnectionmanager
            config:
              route_config: {routes: ${routes}}
              http_filters: [${given.filters === undefined ? '' : `${given.filters}, `}{name: dgp.filter.llm.proxy, config: ${given.proxy ?? '{timeout: 5s}'}}]
      config: ${given.listener ?? '{}'}
  clusters:
    - {name: llm, lb_policy: ${given.lbPolicy ?? 'RoundRobin'}, endpoints: [${endpoints.join(', ')}]${given.cluster === undefined ? '' : `, ${given.cluster}`}}
  shutdown_config: {timeout: ${given.shutdown ?? '1s'}}
metric: {enable: true, prometheus_port: 0}
x-kvcache: ${given.extension ?? '{}'}
`;
}

export function gatewayConfig(given: ConfigText): GatewayConfig {
  return loadGatewayConfig({ file: 'test.yaml', text: configText(given) }).config;
}

export type TestGateway = RunningGateway & { [Symbol.asyncDispose](): Promise<void> };

/** A running gateway that is closed when its block ends. */
export async function startTestGateway(
  given: ConfigText,
  options: GatewayOptions = {},
): Promise<TestGateway> {
  const gateway = await startGateway(gatewayConfig(given), options);
  return Object.assign(gateway, { [Symbol.asyncDispose]: () => gateway.close() });
}
