import type { Clock } from '../../base/clock.ts';
import { originOf } from '../../base/origin.ts';
import type { TlsTrust } from '../access.ts';
import { Connection, type ConnectionOptions, type ConnectionOwner } from './connection.ts';
import { PoolCall, type UpstreamCall, type UpstreamReceiver } from './pool-call.ts';
import type { WireRequest } from './request-head.ts';
import { WireError } from './wire-error.ts';

export interface UpstreamLimits {
  clock: Clock;
  /** Connections at most; 0 = unlimited. */
  connectionsMax: number;
  connectTimeoutMs: number;
  /**
   * Which requests are sent once more when the server closes the idle connection they were given to.
   * `unseen`: those of which nothing went out yet, and those that only read (RFC 9110 §9.2.2), for the
   * server may have begun with any other. `all`: where doing a thing twice does no harm. `none`: where
   * every failure has to be seen.
   */
  resends: 'none' | 'unseen' | 'all';
  tls?: TlsTrust | undefined;
}

/** Below the 5 s after which uvicorn, and with it vLLM, closes an idle connection without saying so first. */
const KEEP_ALIVE_MS = 4_000;
/** Methods that change nothing, so that nobody minds a second time. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);
/** How often idle connections that are too old are looked for. */
const SWEEP_MS = 1_000;

/** Keep-alive connections to one origin. One request at a time on each: LLM answers are long. */
export class UpstreamPool implements ConnectionOwner {
  readonly #options: ConnectionOptions;
  readonly #connectionsMax: number;
  readonly #resends: UpstreamLimits['resends'];
  readonly #all = new Set<Connection>();
  /** Least recently used first; taken from the end. */
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<PoolCall>();
  readonly #forget = (call: PoolCall): void => void this.#waiting.delete(call);
  #stopSweeping: (() => void) | undefined;
  #isDestroyed = false;
  #onAllClosed: (() => void) | undefined;

  /** @param origin scheme, host and port, such as `http://127.0.0.1:8000` */
  constructor(origin: string, limits: UpstreamLimits) {
    const { clock, connectionsMax, connectTimeoutMs } = limits;
    const { host, port, scheme } = originOf(origin);
    this.#connectionsMax = connectionsMax === 0 ? Infinity : connectionsMax;
    this.#resends = limits.resends;
    this.#options = {
      origin: { host, port, isTls: scheme === 'https' },
      clock,
      connectTimeoutMs,
      keepAliveMs: KEEP_ALIVE_MS,
      tls: limits.tls,
    };
  }

  send(request: WireRequest, receiver: UpstreamReceiver): UpstreamCall {
    const call = new PoolCall(request, receiver, this.#forget);
    const idle = this.#takeIdle();
    if (idle) idle.run(call);
    else if (this.#all.size < this.#connectionsMax) this.#open(call);
    else this.#waiting.add(call);
    return call;
  }

  /** Cuts every connection; resolves when all are closed. */
  destroy(): Promise<void> {
    this.#isDestroyed = true;
    this.#stopSweeping?.();
    for (const call of this.#waiting) call.onError(new WireError('unsent', 'the pool was closed'));
    this.#waiting.clear();
    for (const connection of this.#all) connection.destroy();
    return this.#all.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => (this.#onAllClosed = resolve));
  }

  onFree(connection: Connection): void {
    const next = this.#takeWaiting();
    if (next) {
      connection.run(next);
      return;
    }
    this.#idle.push(connection);
    this.#stopSweeping ??= this.#sweepLater();
  }

  onClosed(connection: Connection): void {
    this.#all.delete(connection);
    if (this.#all.size === 0) this.#onAllClosed?.();
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    if (this.#all.size >= this.#connectionsMax) return;
    const next = this.#takeWaiting();
    if (next) this.#open(next);
  }

  /** A new connection cannot be stale, so this happens to a request once at most. */
  onStale(call: PoolCall, error: Error, isSent: boolean): void {
    if (this.#mayResend(call, isSent)) this.#open(call);
    else call.onError(error);
  }

  #mayResend({ request }: PoolCall, isSent: boolean): boolean {
    if (this.#resends !== 'unseen') return this.#resends === 'all';
    return !isSent || SAFE_METHODS.has(request.method);
  }

  #open(call: PoolCall): void {
    if (this.#isDestroyed) {
      call.onError(new WireError('unsent', 'the pool was closed'));
      return;
    }
    const connection = new Connection(this.#options, this);
    this.#all.add(connection);
    connection.run(call);
  }

  #takeWaiting(): PoolCall | undefined {
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      return call;
    }
    return undefined;
  }

  #takeIdle(): Connection | undefined {
    const nowMs = this.#options.clock.nowMs();
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (last.idleUntilMs > nowMs && last.isUsable) return last;
      last.destroy();
    }
    return undefined;
  }

  #sweepLater(): () => void {
    const { clock } = this.#options;
    return clock.at(clock.nowMs() + SWEEP_MS, () => {
      const nowMs = clock.nowMs();
      const old = this.#idle.filter(({ idleUntilMs }) => idleUntilMs <= nowMs);
      for (const connection of old) connection.destroy();
      this.#stopSweeping = this.#idle.length > old.length ? this.#sweepLater() : undefined;
    });
  }
}
