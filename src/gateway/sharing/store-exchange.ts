import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../../base/clock.ts';
import type { SharedMemoryConfig } from '../../config/gateway-config.ts';
import { openRedis, type RedisClient } from '../../net/stream-store/load-redis.ts';
import {
  append,
  readAfter,
  storeTimeMs,
  type StreamEntry,
  type StreamOptions,
} from '../../net/stream-store/stream-store.ts';
import type { GatewayLogger } from '../runtime-services.ts';
import type { MemoryExchange } from './exchange.ts';
import { decodeNote, encodeNote, type MemoryNote } from './note.ts';
import type { SharingMetrics } from './metrics.ts';

export interface StoreSetting {
  config: SharedMemoryConfig;
  /** Older notes are not caught up with. */
  ttlMs: number;
  clock: Clock;
  metrics: SharingMetrics;
  log: GatewayLogger;
}

/** Notes that wait for the store; more are dropped. */
const WAITING_MAX = 1_000;
/** How long notes are gathered before they are sent together. */
const GATHER_MS = 10;
const RETRY_MS = 200;
const NOTES_PER_ENTRY = 64;

/**
 * Shares memory through a stream of a Valkey or Redis server. A gateway that starts, or that was cut off,
 * catches up from where it was. While the store cannot be reached everybody goes on alone.
 */
export class StoreExchange implements MemoryExchange {
  readonly #setting: StoreSetting;
  readonly #stream: StreamOptions;
  /** Tells our own entries from those of others. */
  readonly #self = randomUUID();
  readonly #clients: readonly [writer: RedisClient, reader: RedisClient];
  readonly #ended = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #waiting: MemoryNote[] = [];
  /** Both ways have to work: a full store takes nothing, and tells all the same. */
  readonly #works = { writing: true, reading: false };
  #listener: (note: MemoryNote) => void = () => {};

  /**
   * Starts at once and connects when it can: a store that is down stops no gateway from starting.
   * @throws KvcacheError REDIS_MISSING or REDIS_UNUSABLE (kind usage)
   */
  static async open(setting: StoreSetting): Promise<StoreExchange> {
    const newClient = await openRedis(setting.config.url);
    return new StoreExchange(setting, [newClient(), newClient()]);
  }

  private constructor(setting: StoreSetting, clients: readonly [RedisClient, RedisClient]) {
    this.#setting = setting;
    this.#clients = clients;
    this.#stream = { key: setting.config.stream, entriesMax: setting.config.entriesMax };
    for (const client of clients) {
      // What fails is seen by whoever asked; without a listener it would end the process.
      client.on('error', () => {});
      client.connect().catch(() => {});
    }
    this.#loops.push(this.#writeOn(), this.#readOn());
  }

  get isUp(): boolean {
    return this.#works.writing && this.#works.reading;
  }

  tell(note: MemoryNote): void {
    if (this.#waiting.length >= WAITING_MAX) this.#setting.metrics.dropped.inc();
    else this.#waiting.push(note);
  }

  onTold(listener: (note: MemoryNote) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    for (const client of this.#clients) client.destroy();
    await Promise.all(this.#loops);
  }

  async #writeOn(): Promise<void> {
    const [writer] = this.#clients;
    await this.#repeat('writing', GATHER_MS, async () => {
      while (this.#waiting.length > 0) {
        const notes = this.#waiting.slice(0, NOTES_PER_ENTRY);
        const bytes = notes.map((it) => encodeNote(it).toString('base64')).join(' ');
        await append(writer, this.#stream, { from: this.#self, notes: bytes });
        this.#waiting.splice(0, notes.length);
        this.#setting.metrics.sent.inc(notes.length);
        this.#note('writing', true);
      }
    });
  }

  async #readOn(): Promise<void> {
    const [, reader] = this.#clients;
    let after: string | undefined;
    await this.#repeat('reading', 0, async () => {
      after ??= `${Math.max(0, (await storeTimeMs(reader)) - this.#setting.ttlMs)}-0`;
      const entries = await readAfter(reader, this.#stream.key, after);
      for (const entry of entries) {
        after = entry.id;
        this.#hear(entry);
      }
      this.#note('reading', true);
    });
  }

  #hear({ fields }: StreamEntry): void {
    if (fields['from'] === this.#self) return;
    for (const text of (fields['notes'] ?? '').split(' ', NOTES_PER_ENTRY)) {
      const note = decodeNote(Buffer.from(text, 'base64'));
      if (!note) continue;
      this.#setting.metrics.received.inc();
      this.#listener(note);
    }
  }

  /** Again and again until closed; what fails is tried again after a pause. */
  async #repeat(
    what: 'writing' | 'reading',
    pauseMs: number,
    step: () => Promise<void>,
  ): Promise<void> {
    const { clock } = this.#setting;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      let waitMs = pauseMs;
      try {
        await step();
      } catch (error) {
        if (signal.aborted) return;
        this.#note(what, false, error);
        waitMs = RETRY_MS;
      }
      if (waitMs > 0) await sleep(clock, waitMs, signal).catch(() => {});
    }
  }

  #note(what: 'writing' | 'reading', works: boolean, error?: unknown): void {
    const wasUp = this.isUp;
    this.#works[what] = works;
    const { isUp } = this;
    if (isUp === wasUp) return;
    const { log, metrics } = this.#setting;
    metrics.up.value = Number(isUp);
    if (isUp) log('info', 'memory is shared through the store');
    else log('warn', 'the store of the shared memory is not reached: own memory decides', error);
  }
}
