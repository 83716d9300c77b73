import { messageOf } from '../base/errors.ts';
import { callHttp } from '../net/call.ts';
import type { EventDocument } from './event-document.ts';

/** Events that wait for a slow receiver; more are dropped and told. */
const WAITING_MAX = 100;
const TIMEOUT_MS = 5_000;

/** Posts events one after the other. A receiver that is down or slow delays nothing else. */
export class Webhook {
  readonly #url: string;
  readonly #warn: (problem: string) => void;
  readonly #waiting: EventDocument[] = [];
  #posting: Promise<void> | undefined;

  constructor(url: string, warn: (problem: string) => void) {
    this.#url = url;
    this.#warn = warn;
  }

  send(event: EventDocument): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#warn(`webhook: too many events wait; ${event.alert} is not sent`);
      return;
    }
    this.#waiting.push(event);
    this.#posting ??= this.#postAll();
  }

  /** Once everything that waits was sent or has failed. */
  async settled(): Promise<void> {
    await this.#posting;
  }

  async #postAll(): Promise<void> {
    for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) {
      await this.#post(event);
    }
    this.#posting = undefined;
  }

  async #post(event: EventDocument): Promise<void> {
    try {
      const { status } = await callHttp({ url: this.#url, json: event, timeoutMs: TIMEOUT_MS });
      if (status >= 300) this.#warn(`webhook: HTTP ${status} for ${event.alert}`);
    } catch (error) {
      this.#warn(`webhook: ${messageOf(error)} ${event.alert} is not sent`);
    }
  }
}
