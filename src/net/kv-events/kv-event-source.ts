import type { KvEventBatch } from '../../protocol/kv-events.ts';

/** Hears what an engine publishes, in whatever order it comes. */
export interface KvEventReceiver {
  /** The engine is reached, for the first time or again. */
  onUp(): void;
  onBatch(batch: KvEventBatch): void;
  /** Everything that was asked for again has been answered. */
  onReplayed(): void;
  /** Until the next `onUp` nothing is heard. */
  onDown(error: Error): void;
}

/** An engine's stream of KV events. */
export interface KvEventSource {
  /** Asks for all batches from this number on, as far as the engine keeps them; false where it offers no replay. */
  replay(from: number): boolean;
  close(): void;
}

export interface KvEventAddress {
  /** `tcp://HOST:PORT` of vLLM's PUB socket, or an http(s) URL that serves the same as SSE. */
  url: string;
  /** Of vLLM's ROUTER socket; empty for none. */
  replay: string;
  /** Subscribed to; empty for all. */
  topic: string;
}
