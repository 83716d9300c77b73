import type { LoadRequest } from '../attempt.ts';
import type { Pacer } from '../pacer.ts';
import type { Prompt } from '../prompts.ts';
import { chatRequest, type RequestShape } from '../requests.ts';
import type { RequestSource } from '../run-load.ts';
import type { Shard } from '../../base/shard.ts';

/** What all shards together send. */
export interface WholePlan {
  next: () => Prompt | undefined;
  /** Undefined in a closed loop, where nothing is due. */
  pacer: Pacer | undefined;
  requests: number | undefined;
  /** Ends an open loop at its due times, which all shards know; a closed one ends by the clock. */
  durationMs: number | undefined;
}

/** One request of the plan, its text still to be written. */
interface Placed {
  prompt: Prompt;
  position: number;
}

/**
 * A shard's requests, with their due times and places in the whole plan. Requests go round; what belongs
 * to one session stays together, since a turn waits for the one before it: the sessions go round in the
 * order they begin. Every shard walks the whole plan, and writes the texts of its own part only.
 */
export class PlanCut {
  readonly #plan: WholePlan;
  readonly #shard: Shard;
  readonly #ownerOf = new Map<string, number>();
  /** Found, and not yet asked for. */
  readonly #ahead: Placed[] = [];
  #walked = 0;
  #found = 0;
  #lastDueMs = 0;
  #isWhole = false;

  constructor(plan: WholePlan, shard: Shard) {
    this.#plan = plan;
    this.#shard = shard;
  }

  /** Requests of the whole plan; undefined as long as its end was not reached. */
  get planned(): number | undefined {
    return this.#isWhole ? this.#walked : undefined;
  }

  /** Whether anything of the plan is this shard's. */
  get hasAny(): boolean {
    while (this.#found === 0 && this.#walk());
    return this.#found > 0;
  }

  /** Due times of this shard's requests, asked for one after the other. */
  readonly pacer: Pacer = (sent) => {
    while (this.#found <= sent && this.#walk());
    return this.#found > sent ? this.#lastDueMs : undefined;
  };

  source(shape: RequestShape): RequestSource {
    return (): LoadRequest | undefined => {
      const placed = this.#take();
      return placed && { ...chatRequest(placed.prompt, shape), position: placed.position };
    };
  }

  #take(): Placed | undefined {
    while (this.#ahead.length === 0 && this.#walk());
    return this.#ahead.shift();
  }

  /** One request on; false at the end of the plan. */
  #walk(): boolean {
    const { next, pacer, requests = Infinity, durationMs = Infinity } = this.#plan;
    const position = this.#walked;
    const dueMs = pacer === undefined ? 0 : pacer(position);
    const isDue = dueMs !== undefined && (pacer === undefined || dueMs < durationMs);
    const prompt = isDue && position < requests ? next() : undefined;
    if (prompt === undefined) {
      this.#isWhole = true;
      return false;
    }
    this.#walked++;
    if (this.#owner(prompt, position) !== this.#shard.index) return true;
    this.#ahead.push({ prompt, position });
    this.#found++;
    this.#lastDueMs = dueMs!;
    return true;
  }

  #owner({ session }: Prompt, position: number): number {
    if (session === undefined) return position % this.#shard.of;
    const known = this.#ownerOf.get(session);
    if (known !== undefined) return known;
    const owner = this.#ownerOf.size % this.#shard.of;
    this.#ownerOf.set(session, owner);
    return owner;
  }
}
