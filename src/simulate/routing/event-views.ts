import { createRandom, mixSeed, type Random } from '../../base/random.ts';
import { type HashedPrompt, Knowledge, type PromptStanding } from '../fleet/knowledge.ts';
import type { HoldingChange } from '../fleet/simulated-fleet.ts';

export interface EventViewOptions {
  engines: number;
  gateways: number;
  /** How late each event takes effect. */
  lagMs: number;
  /** Share of events that never arrive, drawn for each gateway. */
  loss: number;
  seed: number;
  nowMs: () => number;
}

/** What each gateway knows by following KV events that are late or lost. */
export class EventViews {
  readonly #options: EventViewOptions;
  readonly #views: readonly { knowledge: Knowledge; random: Random }[];
  #pending: HoldingChange[] = [];

  constructor(options: EventViewOptions) {
    this.#options = options;
    // Nothing lost, all know the same.
    const count = options.loss > 0 ? options.gateways : 1;
    this.#views = Array.from({ length: count }, (_, number) => ({
      knowledge: new Knowledge(options.engines, options.loss === 0),
      random: createRandom(mixSeed(options.seed, 'events', number)),
    }));
  }

  apply(change: HoldingChange): void {
    this.#pending.push(change);
  }

  standingOf(gateway: number, prompt: HashedPrompt): PromptStanding {
    this.#takeIn();
    return this.#views[gateway % this.#views.length]!.knowledge.standingOf(prompt);
  }

  #takeIn(): void {
    const { lagMs, loss, nowMs } = this.#options;
    const dueMs = nowMs() - lagMs;
    let taken = 0;
    for (; taken < this.#pending.length && this.#pending[taken]!.atMs <= dueMs; taken++) {
      const { kind, engine, hashes } = this.#pending[taken]!;
      for (const { knowledge, random } of this.#views) {
        if (loss === 0 || random.next() >= loss) knowledge[kind](engine, hashes);
      }
    }
    if (taken > 0) this.#pending = this.#pending.slice(taken);
  }
}
