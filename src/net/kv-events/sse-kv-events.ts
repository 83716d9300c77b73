import { Agent, request } from 'undici';
import { type Clock, sleep } from '../../base/clock.ts';
import { readJson } from '../../base/json.ts';
import { basicAuthorization, redactUrl } from '../../base/origin.ts';
import { readKvEventBatch } from '../../protocol/kv-events.ts';
import { type SseEvent, SseParser } from '../../protocol/sse.ts';
import { seen, unreachable } from '../answer.ts';
import { netError } from '../errors.ts';
import type { KvEventReceiver, KvEventSource } from './kv-event-source.ts';

const RETRY_MS = 1_000;
const BEFORE_ALL = -1;

/**
 * vLLM's batches as JSON over server-sent events, as the mock engines serve them. The id of an event is
 * the batch's number, and `Last-Event-ID` replays, so that a replay is a new connection.
 */
export class SseKvEvents implements KvEventSource {
  readonly #url: string;
  readonly #receiver: KvEventReceiver;
  readonly #clock: Clock;
  readonly #agent = new Agent({ headersTimeout: 10_000, bodyTimeout: 0, pipelining: 1 });
  readonly #closing = new AbortController();
  #connection = new AbortController();
  #after = BEFORE_ALL;
  #isUp = false;

  constructor(url: string, receiver: KvEventReceiver, clock: Clock) {
    this.#url = url;
    this.#receiver = receiver;
    this.#clock = clock;
    void this.#run();
  }

  replay(from: number): boolean {
    this.#after = from - 1;
    this.#connection.abort();
    return true;
  }

  close(): void {
    this.#closing.abort();
    this.#connection.abort();
    void this.#agent.destroy();
  }

  /** Connects again and again, at once where a replay is wanted. */
  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      this.#connection = new AbortController();
      const { signal } = this.#connection;
      try {
        await this.#follow(signal);
        throw unreachable(redactUrl(this.#url), new Error('the stream ended'));
      } catch (error) {
        if (signal.aborted) continue;
        this.#isUp = false;
        this.#receiver.onDown(error as Error);
        await sleep(this.#clock, RETRY_MS, this.#closing.signal).catch(() => {});
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const where = redactUrl(this.#url);
    const authorization = basicAuthorization(new URL(this.#url));
    const { statusCode, body } = await request(this.#url, {
      dispatcher: this.#agent,
      headers: { 'last-event-id': String(this.#after), ...(authorization && { authorization }) },
      signal,
    });
    if (statusCode !== 200) {
      const answer = { status: statusCode, text: (await body.text()).slice(0, 1_000) };
      const message = `The engine does not stream its KV events (HTTP ${statusCode}).`;
      throw netError('KV_EVENTS_REFUSED', { ...seen(answer, where), message });
    }
    if (!this.#isUp) {
      this.#isUp = true;
      this.#receiver.onUp();
    }
    const parser = new SseParser();
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (signal.aborted) return;
      for (const event of parser.push(chunk)) this.#receive(event);
    }
  }

  #receive({ type, data, lastEventId }: SseEvent): void {
    // What is too old for a replay is told as a gap, which the numbers tell as well.
    if (type !== 'message') return;
    this.#receiver.onBatch(readKvEventBatch(Number(lastEventId), readJson(data)));
  }
}
