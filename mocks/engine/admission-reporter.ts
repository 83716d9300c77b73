import type { Clock } from '../../src/base/clock.ts';
import { jsonOf } from '../../src/net/answer.ts';
import { callHttp } from '../../src/net/call.ts';
import type { LocatedCacheEvent } from './core/located-event.ts';
import type { RunningEngine } from './start-engine.ts';
import { DEVICE_LOCATION } from './core/stores.ts';

const TIMEOUT_MS = 2_000;
/** Stores of one prefill belong together; more waiting would only look like controller lag. */
const BATCH_MS = 2;
const RETRY_MS = 250;
const PENDING_MAX = 10_000;

/**
 * Tells a controller in another process what an engine's second tier stores and drops, as an
 * LMCache worker does over ZeroMQ. Events that happen while the controller is away are lost, and
 * after its restart the engine registers again with an index that starts empty, as in LMCache.
 */
export class AdmissionReporter {
  readonly #engine: RunningEngine;
  readonly #controllerUrl: string;
  readonly #clock: Clock;
  readonly #unsubscribe: () => void;
  #pending: object[] = [];
  #isSending = false;
  #isRegistered = false;
  #isStopped = false;

  constructor(engine: RunningEngine, controllerUrl: string, clock: Clock) {
    this.#engine = engine;
    this.#controllerUrl = controllerUrl;
    this.#clock = clock;
    this.#unsubscribe = engine.core.onCacheEvent((event) => this.#onEvent(event));
    void this.#register();
  }

  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
  }

  #onEvent({ location, event }: LocatedCacheEvent): void {
    if (location === DEVICE_LOCATION || !this.#isRegistered) return;
    if (this.#pending.length >= PENDING_MAX) this.#pending.shift();
    this.#pending.push({ location, event });
    if (this.#isSending) return;
    this.#isSending = true;
    this.#after(BATCH_MS, () => this.#send());
  }

  async #send(): Promise<void> {
    const events = this.#pending;
    this.#pending = [];
    const answer = await this.#post('admissions', { instanceId: this.#engine.id, events });
    this.#isSending = false;
    if (answer?.['isKnown'] === true) return this.#sendPending();
    this.#isRegistered = false;
    await this.#register();
  }

  /** What happened during the last call: nothing else may happen for long. */
  async #sendPending(): Promise<void> {
    if (this.#pending.length === 0) return;
    this.#isSending = true;
    await this.#send();
  }

  async #register(): Promise<void> {
    const { id, url, root } = this.#engine;
    const answer = await this.#post('workers', { instanceId: id, url, model: root });
    this.#isRegistered = answer !== undefined;
    if (this.#isRegistered) await this.#sendPending();
    else this.#after(RETRY_MS, () => this.#register());
  }

  /** The controller's answer; undefined while it cannot be reached. */
  async #post(path: string, json: object): Promise<Record<string, unknown> | undefined> {
    const url = `${this.#controllerUrl}/__mock/${path}`;
    try {
      const answer = await callHttp({ url, json, timeoutMs: TIMEOUT_MS });
      return answer.status === 200 ? (jsonOf(answer, url) as Record<string, unknown>) : undefined;
    } catch {
      return undefined;
    }
  }

  #after(ms: number, run: () => Promise<void>): void {
    this.#clock.at(this.#clock.nowMs() + ms, () => {
      if (!this.#isStopped) void run();
    });
  }
}
