import { onTestFinished } from 'vitest';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { hash32 } from '../../src/base/random.ts';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { loadGatewayConfig } from '../../src/config/load.ts';
import { createCluster, type Cluster } from '../../src/gateway/balance/cluster.ts';
import type {
  ExchangeResult,
  RequestContext,
  RouteDecision,
} from '../../src/gateway/listener/context.ts';
import {
  createKvcacheFilter,
  type KvcacheFilter,
} from '../../src/gateway/filters/kvcache/filter.ts';
import { MetricRegistry } from '../../src/protocol/metric-registry.ts';
import { listen } from '../../src/net/listen.ts';

export interface Call {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  json: Record<string, unknown>;
}

/** What a scripted server does with one call; `hang` never answers. */
export type Script = (call: Call) => Reply | 'hang' | 'reset' | Promise<Reply>;
export interface Reply {
  status?: number;
  json?: unknown;
  text?: string;
}

export interface ScriptedServer {
  url: string;
  port: number;
  calls: Call[];
  /** Replaced at any time to change the behaviour. */
  script: Script;
  close(): Promise<void>;
}

/** A real HTTP server on a free port that does what its script says and notes every call. */
export async function startScripted(script: Script, port = 0): Promise<ScriptedServer> {
  const server = createServer((request, response) => {
    void answer(running, request, response);
  });
  const bound = await listen(server, { host: '127.0.0.1', port }, 'scripted server');
  const running: ScriptedServer = {
    url: bound.url,
    port: bound.port,
    calls: [],
    script,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return running;
}

async function answer(
  server: ScriptedServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const call: Call = {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
  server.calls.push(call);
  const reply = await server.script(call);
  if (reply === 'hang') return;
  if (reply === 'reset') {
    request.socket.destroy();
    return;
  }
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
  response.end(reply.text ?? JSON.stringify(reply.json ?? {}));
}

/** An engine that tokenizes to one token per word. */
export const wordEngine: Script = ({ path, json }) => {
  if (path !== '/tokenize') return { status: 404, json: { detail: 'Not Found' } };
  const messages = (json['messages'] ?? []) as { content: unknown }[];
  const words = JSON.stringify(json['prompt'] ?? messages.map(({ content }) => content))
    .split(/\W+/)
    .filter((word) => word !== '');
  const tokens = words.map((word) => hash32(word) % 50_000);
  return { json: { count: tokens.length, max_model_len: 8192, tokens } };
};

/** A controller of the LMCache kind that always answers the same layout. */
export function arrayController(layout: Record<string, readonly [string, number]>): Script {
  return ({ path, json }) => {
    if (path === '/lookup') {
      const isProbe = (json['tokens'] as unknown[]).length === 0;
      return { json: { event_id: 'Lookup1', layout_info: isProbe ? {} : layout } };
    }
    if (path === '/pin' || path === '/compress') return { json: { event_id: 'x', num_tokens: 1 } };
    return { status: 404, json: { detail: 'Not Found' } };
  };
}

export interface RigOptions {
  engine?: Script;
  controller?: Script;
  /** Ids of the cluster's endpoints; default two. */
  endpointIds?: readonly string[];
  /** Merged into the kvcache filter's config, as its YAML has it. */
  kvcache?: object;
  /** The `x-kvcache` key. */
  extension?: { routing?: object; [key: string]: unknown };
  lmcacheEndpoint?: string;
  vllmEndpoint?: string;
}

export interface Sent {
  decision: RouteDecision;
  tookMs: number;
  finish(result?: Partial<ExchangeResult>): void;
}

export interface Rig extends AsyncDisposable {
  controller: ScriptedServer;
  engine: ScriptedServer;
  kvcache: KvcacheFilter;
  cluster: Cluster;
  registry: MetricRegistry;
  send(body: unknown, more?: { path?: string; headers?: Record<string, string> }): Promise<Sent>;
  /** Value of a metric without labels, or with exactly these. */
  metric(name: string, labels?: Record<string, string>): number | undefined;
}

/** The kvcache filter on real servers, as the gateway builds it from a config file; closed after the test. */
export async function rigOf(options: RigOptions = {}): Promise<Rig> {
  const rig = await startRig(options);
  onTestFinished(() => rig[Symbol.asyncDispose]());
  return rig;
}

async function startRig(options: RigOptions): Promise<Rig> {
  const engine = await startScripted(options.engine ?? wordEngine);
  const controller = await startScripted(
    options.controller ?? arrayController({ 'engine-b': ['LocalCPUBackend', 4] }),
  );
  const loaded = loadGatewayConfig({
    file: 'rig.yaml',
    text: JSON.stringify(configOf(options, engine, controller)),
  });
  const { config } = loaded;
  const cluster = createCluster(config.clusters[0]!);
  const [filter] = config.listeners[0]!.filters;
  if (filter?.name !== 'dgp.filter.ai.kvcache') throw new Error('The config lost its filter.');
  const registry = new MetricRegistry();
  const kvcache = createKvcacheFilter(filter.config, {
    clock: systemClock,
    clusters: new Map([[cluster.config.name, cluster]]),
    extension: config.extension,
    endpointScheme: 'http',
    managerTimeoutMs: 0,
    registry,
    seed: 1,
    log: () => {},
  });
  return {
    controller,
    engine,
    kvcache,
    cluster,
    registry,
    send: (body, more = {}) => send(kvcache, cluster, body, more),
    metric: (name, labels = {}) =>
      registry
        .collect()
        .flatMap(({ samples }) => samples)
        .find((it) => it.name === name && JSON.stringify(it.labels) === JSON.stringify(labels))
        ?.value,
    async [Symbol.asyncDispose]() {
      await kvcache.close(0);
      await Promise.all([controller.close(), engine.close()]);
    },
  };
}

function configOf(options: RigOptions, engine: ScriptedServer, controller: ScriptedServer): object {
  const endpointIds = options.endpointIds ?? ['engine-a', 'engine-b'];
  const kvcache = {
    enabled: true,
    vllm_endpoint: options.vllmEndpoint ?? engine.url,
    lmcache_endpoint: options.lmcacheEndpoint ?? controller.url,
    default_model: 'm',
    // Generous, so that a busy machine does not turn a test of something else into a timeout.
    request_timeout: '10s',
    lookup_routing_timeout: '10s',
    token_cache: { enabled: true, max_size: 1000, ttl: '10m' },
    retry: { max_attempts: 3, base_backoff: '10ms', max_backoff: '20ms' },
    ...options.kvcache,
  };
  return {
    static_resources: {
      listeners: [
        {
          name: 'net/http',
          protocol_type: 'HTTP',
          address: { socket_address: { address: '127.0.0.1', port: 0 } },
          filter_chains: {
            filters: [
              {
                name: 'dgp.filter.httpconnectionmanager',
                config: {
                  route_config: {
                    routes: [{ match: { prefix: '/v1' }, route: { cluster: 'llm' } }],
                  },
                  http_filters: [
                    { name: 'dgp.filter.ai.kvcache', config: kvcache },
                    { name: 'dgp.filter.llm.proxy', config: { scheme: 'http' } },
                  ],
                },
              },
            ],
          },
        },
      ],
      clusters: [
        {
          name: 'llm',
          lb_policy: 'RoundRobin',
          endpoints: endpointIds.map((id, index) => ({
            id,
            // Only the first endpoint is a server: requests themselves are not forwarded here.
            socket_address: { address: '127.0.0.1', port: index === 0 ? engine.port : index },
            llm_meta: { retry_policy: { name: 'NoRetry' } },
          })),
        },
      ],
    },
    'x-kvcache': {
      ...options.extension,
      routing: {
        tokenize_timeout: '10s',
        ...options.extension?.routing,
      },
    },
  };
}

async function send(
  kvcache: KvcacheFilter,
  cluster: Cluster,
  body: unknown,
  more: { path?: string; headers?: Record<string, string> },
): Promise<Sent> {
  const listeners: ((result: ExchangeResult) => void)[] = [];
  const sentListeners: ((endpointId: string) => void)[] = [];
  const sendTo = (endpointId: string | undefined): void => {
    if (endpointId !== undefined) for (const listener of sentListeners) listener(endpointId);
  };
  const path = more.path ?? '/v1/chat/completions';
  const context: RequestContext = {
    id: 'request',
    method: 'POST',
    target: path,
    path,
    headers: more.headers ?? {},
    rawHeaders: [],
    body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
    cluster,
    startedMs: systemClock.nowMs(),
    decision: undefined,
    isClientGone: false,
    onClientGone: () => {},
    onSent: (listener) => void sentListeners.push(listener),
    onFinished: (listener) => void listeners.push(listener),
  };
  let tookMs = Number.NaN;
  await kvcache.filter(context, () => {
    tookMs = systemClock.nowMs() - context.startedMs;
    sendTo(context.decision?.endpointId);
    return Promise.resolve();
  });
  return {
    decision: context.decision!,
    tookMs,
    finish: (result) => {
      if (result?.endpointId !== context.decision?.endpointId) sendTo(result?.endpointId);
      for (const listener of listeners) {
        listener({
          endpointId: context.decision?.endpointId,
          status: 200,
          firstByteMs: 0,
          finishedMs: systemClock.nowMs(),
          attempts: 1,
          isClientGone: false,
          usage: undefined,
          ...result,
        });
      }
    },
  };
}

/** Waits for a condition; the test fails by its own expectation when it never comes. */
export async function eventually(condition: () => boolean, deadlineMs = 5_000): Promise<boolean> {
  const probe = (): Promise<true | undefined> => Promise.resolve(condition() || undefined);
  return (await pollUntil(probe, { clock: systemClock, deadlineMs })) ?? false;
}

export const chat = (text: string): object => ({
  model: 'm',
  messages: [{ role: 'user', content: text }],
});
