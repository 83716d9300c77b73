import type { Clock } from '../../base/clock.ts';
import { isRecord } from '../../base/json.ts';
import { parseShard, type Shard } from '../../base/shard.ts';

/** What a shard says, again and again until it knows when to begin. */
export interface JoinCall {
  /** `0/4`. */
  shard: string;
  plan: string;
  /** Tells the process from another one that claims the same part. */
  token: string;
}

/** What it is told. Times are milliseconds since the Unix epoch by the barrier's clock. */
export type JoinAnswer =
  | {
      state: 'waiting' | 'starting';
      nowMs: number;
      /** Null while not all are there. */
      startAtMs: number | null;
      /** Some of those still to come, by their indexes, and how many there are. */
      missing: number[];
      missingCount: number;
    }
  | { state: 'refused'; nowMs: number; reason: 'other-plan' | 'taken' | 'other-count' };

export interface BarrierOptions {
  /** Of who serves it. */
  plan?: string;
  of?: number;
  /** All are there. */
  onStart?: () => void;
}

const MISSING_SHOWN = 8;
const TEXT_CHARS_MAX = 128;

/** Undefined for what is no call. */
export function readJoin(value: unknown): (JoinCall & { part: Shard }) | undefined {
  if (!isRecord(value)) return undefined;
  const { shard, plan, token } = value;
  if (![shard, plan, token].every(isShortText)) return undefined;
  const part = parseShard(shard as string);
  return part && { shard: shard as string, plan: plan as string, token: token as string, part };
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= TEXT_CHARS_MAX;
}

/**
 * Where the shards of a plan wait for each other. Who serves it says which plan it is and in how many parts,
 * else the first one that comes; when all are there, they begin together. It keeps indexes, prints and times, and nothing of any request.
 */
export class Barrier {
  readonly #clock: Clock;
  readonly #leadMs: number;
  /** Wall time where the monotonic clock is 0: a clock that is set meanwhile moves no start. */
  readonly #epochMs: number;
  readonly #onStart: () => void;
  readonly #tokens = new Map<number, string>();
  #plan: string | undefined;
  #of: number | undefined;
  #startAtMs: number | null = null;

  /** @param leadMs from the last one's arrival to the start: all must hear of it before */
  constructor(clock: Clock, leadMs: number, { plan, of, onStart }: BarrierOptions = {}) {
    this.#plan = plan;
    this.#of = of;
    this.#onStart = onStart ?? (() => {});
    this.#clock = clock;
    this.#leadMs = leadMs;
    this.#epochMs = clock.wallMs() - clock.nowMs();
  }

  get hasStarted(): boolean {
    return this.#startAtMs !== null;
  }

  join({ part, plan, token }: JoinCall & { part: Shard }): JoinAnswer {
    const nowMs = this.#nowMs();
    this.#plan ??= plan;
    this.#of ??= part.of;
    if (part.of !== this.#of) return { state: 'refused', nowMs, reason: 'other-count' };
    if (plan !== this.#plan) return { state: 'refused', nowMs, reason: 'other-plan' };
    const known = this.#tokens.get(part.index) ?? token;
    if (known !== token) return { state: 'refused', nowMs, reason: 'taken' };
    this.#tokens.set(part.index, token);
    if (this.#tokens.size === this.#of && this.#startAtMs === null) {
      this.#startAtMs = nowMs + this.#leadMs;
      this.#onStart();
    }
    const state = this.#startAtMs === null ? 'waiting' : 'starting';
    return { state, nowMs, startAtMs: this.#startAtMs, ...this.#missing() };
  }

  #missing(): { missing: number[]; missingCount: number } {
    const missing: number[] = [];
    const of = this.#of ?? 0;
    for (let index = 0; index < of && missing.length < MISSING_SHOWN; index++) {
      if (!this.#tokens.has(index)) missing.push(index);
    }
    return { missing, missingCount: of - this.#tokens.size };
  }

  #nowMs(): number {
    return this.#epochMs + this.#clock.nowMs();
  }
}
