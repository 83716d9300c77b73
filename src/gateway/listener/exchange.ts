import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Cluster } from '../balance/cluster.ts';
import type { ExchangeResult, RequestContext, RouteDecision } from './context.ts';

export interface ExchangeInit {
  id: string;
  request: IncomingMessage;
  response: ServerResponse;
  target: string;
  path: string;
  body: Buffer;
  cluster: Cluster;
  startedMs: number;
}

/** One request with its connection: what filters see, plus what only the proxy needs. */
export class Exchange implements RequestContext {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly body: Buffer;
  readonly cluster: Cluster;
  readonly startedMs: number;
  decision: RouteDecision | undefined = undefined;
  isClientGone = false;
  /** The answer is a server-sent event stream. */
  isStreamed = false;
  #goneListeners: (() => void)[] | undefined;
  #sentListeners: ((endpointId: string) => void)[] | undefined;
  #finishListeners: ((result: ExchangeResult) => void)[] | undefined;
  #isFinished = false;

  constructor(init: ExchangeInit) {
    this.id = init.id;
    this.request = init.request;
    this.response = init.response;
    this.method = init.request.method ?? 'GET';
    this.target = init.target;
    this.path = init.path;
    this.body = init.body;
    this.cluster = init.cluster;
    this.startedMs = init.startedMs;
    init.response.on('close', () => this.#onClosed());
    // A write that crosses the client's leaving fails; `close` tells us all we need.
    init.response.on('error', ignore);
  }

  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  get rawHeaders(): readonly string[] {
    return this.request.rawHeaders;
  }

  onClientGone(listener: () => void): void {
    if (this.isClientGone) listener();
    else (this.#goneListeners ??= []).push(listener);
  }

  onSent(listener: (endpointId: string) => void): void {
    (this.#sentListeners ??= []).push(listener);
  }

  /** Tells everybody who asked that an endpoint's turn begins. */
  noteSent(endpointId: string): void {
    for (const listener of this.#sentListeners ?? []) listener(endpointId);
  }

  onFinished(listener: (result: ExchangeResult) => void): void {
    (this.#finishListeners ??= []).push(listener);
  }

  /** Tells everybody who asked, the first time it is called. */
  finish(result: ExchangeResult): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    for (const listener of this.#finishListeners ?? []) listener(result);
  }

  #onClosed(): void {
    if (this.response.writableFinished) return;
    this.isClientGone = true;
    for (const listener of this.#goneListeners ?? []) listener();
    this.#goneListeners = undefined;
  }
}

function ignore(): void {}
