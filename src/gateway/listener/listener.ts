import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { messageOf } from '../../base/errors.ts';
import type { LimitsConfig, ListenerConfig } from '../../config/gateway-config.ts';
import { REQUEST_ID_HEADER } from '../../protocol/headers.ts';
import { logWhenFinished } from './access-log.ts';
import { type GatewayAnswer, rawAnswer, ROUTE_NOT_FOUND, sendAnswer } from './answer.ts';
import type { Cluster } from '../balance/cluster.ts';
import { type Bodies, tooLarge } from './bodies.ts';
import { type Connection, Connections, type Turn } from './connections.ts';
import { spareDescriptors } from './descriptors.ts';
import { Exchange } from './exchange.ts';
import type { Generation, ListenerRules } from '../generation.ts';
import { acceptedRequestId, HEADER_FIELDS_MAX, parseTarget, refusalOf } from './request-head.ts';
import type { GatewayServices } from '../runtime-services.ts';
import { hasBody } from './request-body.ts';

export interface ListenerState {
  /** Place in the config's list of listeners. */
  readonly index: number;
  /** The config in force now; swapped by a reload. */
  generation: Generation;
  /** True once nobody is accepted any more: connections are not kept. */
  isDraining: boolean;
}

interface Accepted {
  generation: Generation;
  rules: ListenerRules;
  cluster: Cluster;
  target: string;
  path: string;
}

interface Received {
  request: IncomingMessage;
  response: ServerResponse;
  body: Buffer;
  startedMs: number;
}

export interface Listener {
  readonly server: Server;
  readonly connections: Connections;
  readonly state: ListenerState;
}

const NO_BODY = Buffer.alloc(0);
const EXPECTATION_FAILED: GatewayAnswer = {
  status: 417,
  message: 'Expectation failed',
  error: 'nothing but 100-continue can be expected',
};

/** A server for one listener. Framing stays with the platform's parser, which refuses what is ambiguous. */
export function createListener(
  config: ListenerConfig,
  state: ListenerState,
  services: ListenerServices,
): Listener {
  const handler = new RequestHandler(state, services);
  const connections = new Connections(
    (turn, connection) => handler.handle(turn, connection),
    (connection) => handler.release(connection),
  );
  const { limits } = state.generation.config.extension;
  const server = createServer(
    {
      maxHeaderSize: Math.min(config.maxHeaderBytes, limits.headerBytesMax),
      connectionsCheckingInterval: checkIntervalMs(limits.headersTimeoutMs, config.readTimeoutMs),
      noDelay: true,
      requireHostHeader: true,
    },
    (request, response) => connections.enter(request, response, 'nothing'),
  );
  applyTimeouts(server, config, limits);
  spareDescriptors(server, services);
  server.on('connection', (socket) => connections.opened(socket));
  server.on('checkContinue', (request, response) =>
    connections.enter(request, response, 'continue'),
  );
  server.on('checkExpectation', (request, response) =>
    connections.enter(request, response, 'unknown'),
  );
  server.on('connect', (_request, socket: Socket) => refuseRaw(socket, 405, 'Method Not Allowed'));
  server.maxHeadersCount = HEADER_FIELDS_MAX;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    connections.afterAnswers(socket, () => answerBrokenRequest(error, socket));
  });
  return { server, connections, state };
}

/** Go's server timeouts, as Node names them. The tighter of two bounds counts; 0 is none. */
export function applyTimeouts(server: Server, config: ListenerConfig, limits: LimitsConfig): void {
  const { headersTimeoutMs, bodyTimeoutMs } = limits;
  server.headersTimeout = tighter(config.readTimeoutMs, headersTimeoutMs);
  server.requestTimeout = tighter(config.readTimeoutMs, headersTimeoutMs + bodyTimeoutMs);
  server.keepAliveTimeout = config.idleTimeoutMs;
}

function tighter(a: number, b: number): number {
  return a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b);
}

/** Node looks for slow requests only this often. */
function checkIntervalMs(headersTimeoutMs: number, readTimeoutMs: number): number {
  const quarter = Math.round(tighter(headersTimeoutMs, readTimeoutMs) / 4);
  return Math.min(1_000, Math.max(20, quarter));
}

function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  switch (error.code) {
    case 'HPE_CLOSED_CONNECTION':
      // More after `Connection: close`: the client was told that nobody would read it.
      socket.destroy();
      return;
    case 'HPE_HEADER_OVERFLOW':
      refuseRaw(socket, 431, 'Request Header Fields Too Large');
      return;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      refuseRaw(socket, 408, 'Request Timeout');
      return;
    default:
      refuseRaw(socket, 400, 'Bad Request', error.message);
  }
}

function refuseRaw(socket: Socket, status: number, phrase: string, error = phrase): void {
  socket.end(rawAnswer({ status, message: phrase, error }, phrase), () => socket.destroy());
}

export interface ListenerServices extends GatewayServices {
  /** Shared by all listeners. */
  readonly bodies: Bodies;
}

class RequestHandler {
  readonly #state: ListenerState;
  readonly #services: ListenerServices;

  constructor(state: ListenerState, services: ListenerServices) {
    this.#state = state;
    this.#services = services;
  }

  handle({ request, response, expects }: Turn, connection: Connection): void {
    const startedMs = this.#services.clock.nowMs();
    if (this.#state.isDraining) response.shouldKeepAlive = false;
    if (expects === 'unknown') {
      // Whether its body will follow, nobody knows.
      response.shouldKeepAlive = false;
      refuse(response, EXPECTATION_FAILED);
      return;
    }
    const accepted = this.#accept(request);
    if ('status' in accepted) {
      refuse(response, accepted);
      return;
    }
    const received: Received = { request, response, body: NO_BODY, startedMs };
    if (!hasBody(request)) {
      this.#run(accepted, received);
      return;
    }
    const { bodyBytesMax } = accepted.generation.config.extension.limits;
    if (Number(request.headers['content-length']) > bodyBytesMax) {
      refuse(response, tooLarge(bodyBytesMax));
      return;
    }
    if (expects === 'continue') response.writeContinue();
    void this.#readAndRun(accepted, received, connection);
  }

  /** A request's answer is over: its body is held no more. */
  release(connection: Connection): void {
    this.#services.bodies.release(connection);
  }

  async #readAndRun(accepted: Accepted, received: Received, connection: Connection): Promise<void> {
    const { request, response } = received;
    const { limits } = accepted.generation.config.extension;
    const isUnpacked = accepted.rules.readsPrompts;
    const { bodies } = this.#services;
    const body = await bodies.receive(request, connection, { limits, isUnpacked });
    if (body === undefined || response.destroyed) return;
    if ('status' in body) {
      refuse(response, body);
      return;
    }
    received.body = body;
    this.#run(accepted, received);
  }

  #accept(request: IncomingMessage): Accepted | GatewayAnswer {
    const refusal = refusalOf(request);
    if (refusal) return refusal;
    const target = parseTarget(request.url ?? '');
    if ('status' in target) return target;
    const { generation } = this.#state;
    const rules = generation.rules[this.#state.index]!;
    const route = rules.routes.match(request.method ?? '', target.path, request.headers);
    if (!route) return ROUTE_NOT_FOUND;
    const cluster = generation.clusters.get(route.cluster);
    if (cluster) return { generation, rules, cluster, ...target };
    return {
      status: route.clusterNotFoundStatus,
      message: 'Cluster not found',
      error: `the route's cluster ${route.cluster} does not exist`,
    };
  }

  #run(accepted: Accepted, received: Received): void {
    const { target, path, cluster, rules, generation } = accepted;
    const { request, response, body, startedMs } = received;
    const id = requestIdOf(request);
    const init = { id, request, response, target, path, body, cluster, startedMs };
    const exchange = new Exchange(init);
    const leave = generation.enter();
    exchange.onFinished(leave);
    this.#services.metrics.track(exchange);
    if (generation.config.extension.accessLog) logWhenFinished(exchange, this.#services.log);
    rules.handle(exchange).then(
      () => this.#closeUnanswered(exchange, 'no filter of the chain answered'),
      (error: unknown) => this.#fail(exchange, error),
    );
  }

  #fail(exchange: Exchange, error: unknown): void {
    const trace = error instanceof Error ? error.stack : undefined;
    this.#services.log(
      'warn',
      `request ${exchange.id} failed inside: ${trace ?? messageOf(error)}`,
    );
    this.#closeUnanswered(exchange, 'the gateway failed; its log says why');
  }

  /** Whatever happened in the chain, a request is answered and finished exactly once. */
  #closeUnanswered(exchange: Exchange, error: string): void {
    const { response } = exchange;
    if (!response.writableEnded && !response.destroyed) {
      if (!response.headersSent) response.setHeader(REQUEST_ID_HEADER, exchange.id);
      sendAnswer(response, { status: 500, message: 'Internal server error', error });
    }
    exchange.finish({
      endpointId: undefined,
      status: response.statusCode,
      firstByteMs: undefined,
      finishedMs: this.#services.clock.nowMs(),
      attempts: 0,
      isClientGone: exchange.isClientGone,
      usage: undefined,
    });
  }
}

/** The client's own id where it is fit for logs, else a new one. */
function requestIdOf(request: IncomingMessage): string {
  return acceptedRequestId(request.headers[REQUEST_ID_HEADER]) ?? randomUUID();
}

/** Answers a request that never became an exchange; it can be asked about by its id all the same. */
function refuse(response: ServerResponse, answer: GatewayAnswer): void {
  response.setHeader(REQUEST_ID_HEADER, requestIdOf(response.req));
  sendAnswer(response, answer);
}
