import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { sendAnswer } from '../answer.ts';
import type { Endpoint } from '../cluster.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import type { Exchange } from '../exchange.ts';
import { Attempt, type AttemptOutcome, type Lane } from './attempt.ts';
import { Relay } from './relay.ts';
import { requestHeaders } from './request-headers.ts';
import { addRoutingHeaders, type ResponseHead } from './response-headers.ts';
import { retryAfterMs, retryDelayMs } from './retry-delay.ts';
import type { Faults, Selector } from './selector.ts';

export interface ForwardingServices {
  clock: Clock;
  random: Random;
  deadlines: Deadlines;
  faults: Faults;
  /** Bound on the whole exchange; 0 = none. */
  timeoutMs: number;
  /** Bound on a client that does not read; strict: on the whole answer. 0 = none. */
  writeTimeoutMs: number;
  hasRoutingHeaders: boolean;
  laneOf(endpoint: Endpoint): Lane;
  onGap: (gapMs: number) => void;
}

/** Without a timeout in the config, waits between attempts must still end. */
const RETRY_BUDGET_MS = 30_000;
/** A server may ask for hours; an endpoint is looked at again after this. */
const COOLDOWN_MS_MAX = 60_000;

type StopReason = 'client-gone' | 'timeout';

/** Brings one request to an endpoint that answers it, as retry policy and fallback allow. */
export class Forwarding {
  readonly #exchange: Exchange;
  readonly #selector: Selector;
  readonly #services: ForwardingServices;
  readonly #endMs: number;
  #attempt: Attempt | undefined;
  #attempts = 0;
  #stopReason: StopReason | undefined;
  #onStop: (() => void) | undefined;
  #held: { endpoint: Endpoint; head: ResponseHead; body: Buffer } | undefined;
  /** Whose answer the client sees. */
  #served: { endpoint: Endpoint; relay: Relay } | undefined;
  #timeout: Deadline | undefined;

  constructor(exchange: Exchange, selector: Selector, services: ForwardingServices) {
    this.#exchange = exchange;
    this.#selector = selector;
    this.#services = services;
    this.#endMs = exchange.startedMs + (services.timeoutMs || RETRY_BUDGET_MS);
  }

  async run(): Promise<void> {
    const { deadlines, timeoutMs, clock } = this.#services;
    const exchange = this.#exchange;
    if (timeoutMs > 0) {
      const leftMs = this.#endMs - clock.nowMs();
      this.#timeout = deadlines.add(Math.max(0, leftMs), () => this.#stop('timeout'));
    }
    exchange.onClientGone(() => this.#stop('client-gone'));
    try {
      await this.#walk();
    } finally {
      if (this.#timeout) deadlines.remove(this.#timeout);
    }
  }

  async #walk(): Promise<void> {
    const hintedId = this.#exchange.decision?.endpointId;
    let endpoint = this.#selector.first(hintedId);
    if (hintedId !== undefined && endpoint?.config.id !== hintedId) this.#correct('unhealthy');
    while (endpoint && this.#stopReason === undefined) {
      const outcome = await this.#tryEndpoint(endpoint);
      if (outcome.kind === 'relayed' || outcome.kind === 'broken-off') {
        this.#finish();
        return;
      }
      if (outcome.kind === 'stopped') break;
      const isSent = outcome.kind === 'held' || outcome.isSent;
      endpoint = this.#selector.next(endpoint, { isSent });
      if (endpoint) this.#correct('fallback');
    }
    this.#giveUp();
  }

  /** All attempts its policy allows at one endpoint. */
  async #tryEndpoint(endpoint: Endpoint): Promise<AttemptOutcome> {
    for (let failed = 1; ; failed++) {
      const outcome = await this.#tryOnce(endpoint, failed);
      this.#cool(endpoint, outcome);
      if (outcome.kind !== 'held' && outcome.kind !== 'failed') return outcome;
      if (outcome.kind === 'held') this.#held = { ...outcome, endpoint };
      // Pixiu takes a network error straight to the next endpoint.
      if (outcome.kind === 'failed' && this.#isStrict('network_error_retry')) return outcome;
      const waitMs = this.#waitBeforeRetry(endpoint, failed, outcome);
      if (waitMs === undefined) return outcome;
      if (waitMs > 0) await this.#pause(waitMs);
      if (this.#stopReason !== undefined) return { kind: 'stopped' };
    }
  }

  #tryOnce(endpoint: Endpoint, number: number): Promise<AttemptOutcome> {
    const exchange = this.#exchange;
    this.#attempts += 1;
    const { address } = endpoint;
    this.#attempt = new Attempt(
      this.#services.laneOf(endpoint),
      {
        method: exchange.method,
        path: exchange.target,
        headers: requestHeaders(exchange, { address, apiKey: endpoint.config.llm.apiKey }),
        body: exchange.body.length > 0 ? exchange.body : undefined,
      },
      {
        shouldHold: (head) => this.#isRetryable(head.status) && this.#canFollow(endpoint, number),
        startRelay: (head, flow) => this.#startRelay(endpoint, head, flow),
      },
    );
    return this.#attempt.outcome;
  }

  #startRelay(
    endpoint: Endpoint,
    head: ResponseHead,
    flow: { resume(): void; complete(): void },
  ): Relay {
    const { clock, deadlines, writeTimeoutMs, hasRoutingHeaders, onGap } = this.#services;
    const exchange = this.#exchange;
    if (hasRoutingHeaders) addRoutingHeaders(head.headers, exchange, endpoint.config.id);
    const { response } = exchange;
    const onDrain = (): void => flow.resume();
    const onComplete = (): void => flow.complete();
    const relay = new Relay(head, {
      response,
      clock,
      deadlines,
      stallTimeoutMs: writeTimeoutMs,
      onDrain,
      onComplete,
      onGap,
    });
    exchange.isStreamed = relay.isStream;
    this.#served = { endpoint, relay };
    return relay;
  }

  #isRetryable(status: number): boolean {
    if (this.#isStrict('client_error_cooldown')) return status < 200 || status > 299;
    return status === 429 || status >= 500;
  }

  #isStrict(fault: keyof Faults): boolean {
    return this.#services.faults[fault] === 'strict';
  }

  /** May anything follow this attempt? Asked before its answer is kept from the client. */
  #canFollow(endpoint: Endpoint, failedAttempts: number): boolean {
    const { clock, random } = this.#services;
    if (clock.nowMs() >= this.#endMs) return false;
    const { retry, fallback } = endpoint.config.llm;
    if (retryDelayMs(retry, failedAttempts, random) !== undefined) return true;
    return fallback && this.#exchange.cluster.endpoints.length > 1;
  }

  #waitBeforeRetry(
    endpoint: Endpoint,
    failedAttempts: number,
    outcome: AttemptOutcome,
  ): number | undefined {
    const { clock, random } = this.#services;
    const delayMs = retryDelayMs(endpoint.config.llm.retry, failedAttempts, random);
    if (delayMs === undefined) return undefined;
    const askedMs = this.#retryAfterMs(outcome);
    // Somebody else can serve now what this endpoint wants to see later.
    if (askedMs !== undefined && askedMs > delayMs && endpoint.config.llm.fallback)
      return undefined;
    const waitMs = Math.max(delayMs, askedMs ?? 0);
    return clock.nowMs() + waitMs < this.#endMs ? waitMs : undefined;
  }

  #retryAfterMs(outcome: AttemptOutcome): number | undefined {
    if (outcome.kind !== 'held' && outcome.kind !== 'relayed') return undefined;
    return retryAfterMs(outcome.head.retryAfter, this.#services.clock.wallMs());
  }

  /** Keeps other requests away from an endpoint that failed. A client's own mistake is no failure. */
  #cool(endpoint: Endpoint, outcome: AttemptOutcome): void {
    if (outcome.kind === 'stopped') {
      if (this.#stopReason !== 'timeout' || this.#attempt?.hasHead) return;
    } else if (outcome.kind === 'relayed' || outcome.kind === 'held') {
      if (!this.#isRetryable(outcome.head.status)) return;
    }
    const { cooldownMs } = endpoint.config.llm;
    if (cooldownMs <= 0) return;
    const askedMs = Math.min(this.#retryAfterMs(outcome) ?? 0, COOLDOWN_MS_MAX);
    endpoint.coolingUntilMs = this.#services.clock.nowMs() + Math.max(cooldownMs, askedMs);
  }

  #pause(waitMs: number): Promise<void> {
    const { clock } = this.#services;
    return new Promise((resolve) => {
      const cancel = clock.at(clock.nowMs() + waitMs, resolve);
      this.#onStop = () => {
        cancel();
        resolve();
      };
    });
  }

  #stop(reason: StopReason): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#attempt?.stop();
    this.#onStop?.();
  }

  /** No endpoint served: the last answer any of them gave, else our own. */
  #giveUp(): void {
    const { response } = this.#exchange;
    const held = this.#held;
    if (this.#stopReason === 'timeout') {
      sendAnswer(response, {
        status: 504,
        message: 'Gateway timeout',
        error: `no complete answer within ${this.#services.timeoutMs} ms`,
      });
    } else if (this.#stopReason === undefined && held) {
      const relay = this.#startRelay(held.endpoint, held.head, { resume() {}, complete() {} });
      if (held.body.length > 0) relay.write(held.body);
      relay.end([]);
    } else if (this.#stopReason === undefined) {
      sendAnswer(response, {
        status: 503,
        message: 'Service unavailable',
        error:
          this.#attempts === 0
            ? `no endpoint of cluster ${this.#exchange.cluster.config.name} is available`
            : 'no endpoint could be reached',
      });
    }
    this.#finish();
  }

  #finish(): void {
    const exchange = this.#exchange;
    exchange.finish({
      endpointId: this.#served?.endpoint.config.id,
      status: exchange.response.statusCode,
      firstByteMs: this.#served?.relay.firstByteMs,
      finishedMs: this.#services.clock.nowMs(),
      attempts: this.#attempts,
      isClientGone: exchange.isClientGone,
      usage: this.#served?.relay.usage,
    });
  }

  /** The routing step's advice was not followed; the reason must say so. */
  #correct(reason: 'unhealthy' | 'fallback'): void {
    const { decision } = this.#exchange;
    if (!decision) return;
    this.#exchange.decision = { ...decision, reason, predictedCachedTokens: undefined };
  }
}
