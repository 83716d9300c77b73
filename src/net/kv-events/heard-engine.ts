import type { Clock } from '../../base/clock.ts';
import { EngineBlocks } from './engine-blocks.ts';
import { EventFollower, type EventListener } from './event-follower.ts';
import type { KvEventAddress } from './kv-event-source.ts';
import { openKvEventSource } from './open-kv-events.ts';
import type { ChainKey } from './token-chain.ts';
import type { KvEvent } from '../../protocol/kv-events.ts';

/** Whoever wants to know more than the account that is kept here. */
interface HeardListener extends Omit<EventListener, 'onEvent'> {
  /** @param fresh keys of the blocks that are new in their tier */
  onEvent(event: KvEvent, fresh: readonly ChainKey[]): void;
}

/** One engine whose KV events are followed, from when it is made until it is closed. */
export class HeardEngine {
  readonly blocks = new EngineBlocks();
  /** What has become known so far. A past that cannot be had is no gap: whoever has no replay never has it. */
  readonly seen = { events: 0, storedBlocks: 0, gapsRefilled: 0, gapsLost: 0, wasHeard: false };
  /** What went wrong last. */
  trouble: Error | undefined;
  readonly #follower: EventFollower;
  #isClosed = false;

  /** @param listener is told after this engine's own account is up to date */
  constructor(address: KvEventAddress, clock: Clock, listener: Partial<HeardListener> = {}) {
    const { seen } = this;
    this.#follower = new EventFollower(clock, {
      onEvent: (event) => {
        seen.events++;
        if (event.type === 'stored') seen.storedBlocks += event.hashes.length;
        const fresh = this.blocks.apply(event);
        listener.onEvent?.(event, fresh);
      },
      onForget: (why) => {
        if (why === 'lost' && seen.events > 0) seen.gapsLost++;
        this.blocks.forget();
        listener.onForget?.(why);
      },
      onRefilled: () => {
        seen.gapsRefilled++;
        listener.onRefilled?.();
      },
      onHeard: (isHeard, why) => {
        seen.wasHeard ||= isHeard;
        this.trouble = why ?? this.trouble;
        listener.onHeard?.(isHeard, why);
      },
    });
    openKvEventSource(address, this.#follower, clock).then(
      (source) => (this.#isClosed ? source.close() : this.#follower.attach(source)),
      (error: Error) => this.#follower.onDown(error),
    );
  }

  /** Whether all that it told is known. */
  get isHeard(): boolean {
    return this.#follower.isHeard;
  }

  close(): void {
    this.#isClosed = true;
    this.#follower.close();
  }
}
