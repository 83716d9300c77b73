import type { Clock } from '../../base/clock.ts';
import { systemErrorCode } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { type GatewayAnswer, sendAnswer } from '../listener/answer.ts';
import type { Endpoint } from '../balance/cluster.ts';
import type { Deadline, Deadlines } from '../listener/deadlines.ts';
import type { Exchange } from '../listener/exchange.ts';
import { Attempt, type AttemptOutcome, type Lane } from './attempt.ts';
import { type Failure, timedOut, unavailable } from './own-answers.ts';
import { Relay } from './relay.ts';
import { requestHeaders } from './request-headers.ts';
import { addRoutingHeaders, type ResponseHead } from './response-headers.ts';
import { RetryRules, type RetryServices } from './retry-rules.ts';
import type { Departure, Selector } from './selector.ts';

export interface ForwardingServices {
  clock: Clock;
  random: Random;
  deadlines: Deadlines;
  /** Bound on one endpoint's turn, its answer included; 0 = none. */
  timeoutMs: number;
  /** Bound on a client that does not read; 0 = none. */
  writeTimeoutMs: number;
  hasRoutingHeaders: boolean;
  laneOf(endpoint: Endpoint): Lane;
  onGap: (gapMs: number) => void;
  onCooling: RetryServices['onCooling'];
}

/** Without a timeout in the config, waits between attempts must still end. */
const RETRY_BUDGET_MS = 30_000;

/** Requests that may wait for a connection of one endpoint; more would only grow memory. */
const WAITING_MAX = 1_000;

const FULL: AttemptOutcome = {
  kind: 'failed',
  error: new Error('too many requests wait for this endpoint'),
  isSent: false,
};

type StopReason = 'client-gone' | 'timeout';

interface HeldAnswer {
  endpoint: Endpoint;
  head: ResponseHead;
  body: Buffer;
}

/** Brings one request to an endpoint that answers it, as retry policy and fallback allow. */
export class Forwarding {
  readonly #exchange: Exchange;
  readonly #selector: Selector;
  readonly #services: ForwardingServices;
  readonly #endMs: number;
  readonly #rules: RetryRules;
  /** The endpoint whose turn it is, and what is under way there. */
  #endpoint: Endpoint | undefined;
  #attempt: Attempt | undefined;
  #attempts = 0;
  #stopReason: StopReason | undefined;
  #onStop: (() => void) | undefined;
  #held: HeldAnswer | undefined;
  /** Why the last attempt got no answer. */
  #failure: Failure | undefined;
  /** Whose answer the client sees. */
  #served: { endpoint: Endpoint; relay: Relay } | undefined;
  #timeout: Deadline | undefined;

  constructor(exchange: Exchange, selector: Selector, services: ForwardingServices) {
    this.#exchange = exchange;
    this.#selector = selector;
    this.#services = services;
    this.#endMs = exchange.startedMs + (services.timeoutMs || RETRY_BUDGET_MS);
    this.#rules = new RetryRules(services, { endMs: this.#endMs, cluster: exchange.cluster });
  }

  async run(): Promise<void> {
    const { deadlines, timeoutMs, clock } = this.#services;
    const exchange = this.#exchange;
    if (timeoutMs > 0) this.#allow(Math.max(0, this.#endMs - clock.nowMs()));
    exchange.onClientGone(() => this.#stop('client-gone'));
    try {
      let endpoint = this.#firstEndpoint();
      while (endpoint && this.#stopReason === undefined) {
        const outcome = await this.#tryEndpoint(endpoint);
        if (outcome.kind !== 'held' && outcome.kind !== 'failed') break;
        if (outcome.kind === 'failed') {
          const { error, isSent } = outcome;
          this.#failure = { text: `${endpoint.config.id}: ${failureOf(error)}`, isSent };
        }
        const isHeld = outcome.kind === 'held';
        endpoint = this.#nextEndpoint(endpoint, {
          isSent: isHeld || outcome.isSent,
          isLastResort: !isHeld && this.#held === undefined,
        });
      }
      this.#conclude();
    } finally {
      if (this.#timeout) deadlines.remove(this.#timeout);
    }
    await this.#finish();
  }

  /** As Go's client does, the timeout bounds each endpoint's turn, not the request's way past all of them. */
  #allow(ms: number): void {
    this.#timeout = this.#services.deadlines.add(ms, () => {
      const { timeoutMs } = this.#services;
      const isSilent = this.#attempt?.hasBegun === false;
      if (
        !isSilent ||
        !this.#selector.hasNext(this.#endpoint!, { isSent: true, isLastResort: false })
      ) {
        this.#stop('timeout');
        return;
      }
      this.#allow(timeoutMs);
      this.#attempt!.fail(new Error(`no answer within ${timeoutMs} ms`));
    });
  }

  #firstEndpoint(): Endpoint | undefined {
    const hintedId = this.#exchange.decision?.endpointId;
    const endpoint = this.#selector.first(hintedId);
    if (hintedId !== undefined && endpoint?.config.id !== hintedId) this.#correct('unhealthy');
    return endpoint;
  }

  #nextEndpoint(from: Endpoint, departure: Departure): Endpoint | undefined {
    const endpoint = this.#selector.next(from, departure);
    if (endpoint) this.#correct('fallback');
    return endpoint;
  }

  /** All attempts its policy allows at one endpoint. */
  async #tryEndpoint(endpoint: Endpoint): Promise<AttemptOutcome> {
    if (isFull(this.#services.laneOf(endpoint))) return FULL;
    this.#exchange.noteSent(endpoint.config.id);
    for (let failed = 1; ; failed++) {
      const outcome = await this.#tryOnce(endpoint, failed);
      this.#rules.cool(endpoint, outcome, this.#hasTimedOutUnanswered());
      if (outcome.kind !== 'held' && outcome.kind !== 'failed') return outcome;
      if (outcome.kind === 'held') this.#held = { ...outcome, endpoint };
      const waitMs = this.#rules.waitMs(endpoint, failed, outcome);
      if (waitMs === undefined) return outcome;
      if (waitMs > 0) await this.#pause(waitMs);
      if (this.#stopReason !== undefined) return { kind: 'stopped' };
    }
  }

  #hasTimedOutUnanswered(): boolean {
    return this.#stopReason === 'timeout' && this.#attempt?.hasBegun === false;
  }

  #tryOnce(endpoint: Endpoint, number: number): Promise<AttemptOutcome> {
    const exchange = this.#exchange;
    this.#attempts += 1;
    this.#endpoint = endpoint;
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
        shouldHold: (head) =>
          this.#rules.isRetryable(head.status) && this.#rules.canFollow(endpoint, number),
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
    const { id } = endpoint.config;
    addRoutingHeaders(head.headers, exchange, { endpointId: id, isShown: hasRoutingHeaders });
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

  /** Whoever has not been answered gets the last answer any endpoint gave, else our own. */
  #conclude(): void {
    const { response } = this.#exchange;
    if (this.#stopReason === 'timeout') this.#answer(timedOut(this.#services.timeoutMs));
    else if (this.#stopReason === undefined && !response.headersSent) {
      if (this.#held) this.#sendHeld(this.#held);
      else this.#answer(unavailable(this.#exchange.cluster.config.name, this.#failure));
    }
  }

  #answer(answer: GatewayAnswer): void {
    const { response } = this.#exchange;
    const pairs: string[] = [];
    const isShown = this.#services.hasRoutingHeaders;
    addRoutingHeaders(pairs, this.#exchange, { endpointId: undefined, isShown });
    for (let at = 0; at < pairs.length && !response.headersSent; at += 2) {
      response.setHeader(pairs[at]!, pairs[at + 1]!);
    }
    sendAnswer(response, answer);
  }

  #sendHeld(held: HeldAnswer): void {
    const relay = this.#startRelay(held.endpoint, held.head, { resume() {}, complete() {} });
    if (held.body.length > 0) relay.write(held.body);
    relay.end([]);
  }

  async #finish(): Promise<void> {
    const exchange = this.#exchange;
    const settling = this.#served?.relay.settle();
    if (settling) await settling;
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

function isFull({ endpoint, connectionsMax }: Lane): boolean {
  return connectionsMax > 0 && endpoint.inFlight >= connectionsMax + WAITING_MAX;
}

/** For whoever calls the engine: the reason, not the addresses that a message may hold. */
function failureOf(error: Error): string {
  return systemErrorCode(error) ?? error.message;
}
