import { createRandom, type Random } from '../../src/base/random.ts';
import type {
  EngineCounts,
  EngineReading,
  FleetReading,
  HeardCounts,
  HeardReading,
} from '../../src/watch/reading.ts';

/** What is so at one moment; a cause is a change of it. */
export interface World {
  /** Requests a second at one engine, on average over a day. */
  ratePerEngine: number;
  /** Shares of prompt tokens found, by engine. */
  hitRate: (engine: number) => number;
  /** Weight of each engine among those a request may go to. */
  weight: (engine: number) => number;
  /** Mean seconds to the first token. */
  ttftS: (engine: number) => number;
  promptTokens: (engine: number) => number;
  preemptionsPerRequest: number;
  /** Reasons of the gateway, by share. */
  reasons: Readonly<Record<string, number>>;
  /** Found tokens over predicted ones. */
  found: number;
  drift: number;
  /** Whether KV events of the engine reach the gateway, and us. */
  hearsEvents: (engine: number) => boolean;
  publishes: (engine: number) => boolean;
  losesBatches: (engine: number) => boolean;
  prefixCaching: (engine: number) => boolean;
  isUp: (engine: number) => boolean;
}

export const HEALTHY: World = {
  ratePerEngine: 1,
  hitRate: () => 0.8,
  weight: () => 1,
  ttftS: () => 0.2,
  promptTokens: () => 1_200,
  preemptionsPerRequest: 0.001,
  reasons: { hit: 0.93, 'no-holder': 0.05, overloaded: 0.02 },
  found: 0.97,
  drift: 0,
  hearsEvents: () => true,
  publishes: () => true,
  losesBatches: () => false,
  prefixCaching: () => true,
  isUp: () => true,
};

const SILENT: HeardCounts = {
  events: 0,
  gapsRefilled: 0,
  gapsLost: 0,
  restarts: 0,
  heldElsewhereTokens: 0,
};

const DAY_S = 86_400;
const SCRAPE_S = 15;

/**
 * Counters of a fleet in virtual time: a daily wave of load, hit rates and times that wander for hours
 * (so that neighbouring windows depend on each other), and the noise of counting.
 */
export class VirtualFleet {
  world: World = HEALTHY;
  readonly #engines: { counts: Record<keyof EngineCounts, number>; drift: number; slow: number }[];
  readonly #random: Random;
  readonly #reasons: Record<string, number> = {};
  readonly #events: Record<string, number> = {};
  /** By engine; none where their KV events are not followed. */
  readonly #heard: HeardCounts[];
  #gateway = { predictedTokens: 0, actualTokens: 0, driftRequests: 0, comparedRequests: 0 };
  #timeS = 0;

  constructor({ engines, seed, ears = 0 }: { engines: number; seed: number; ears?: number }) {
    this.#random = createRandom(seed);
    this.#heard = Array.from({ length: ears }, () => ({ ...SILENT }));
    this.#engines = Array.from({ length: engines }, () => ({ counts: zero(), drift: 0, slow: 0 }));
  }

  /** The counters of one engine begin again. */
  restart(engine: number): void {
    this.#engines[engine]!.counts = zero();
  }

  /** The fleet, one scrape later. */
  next(): FleetReading {
    this.#timeS += SCRAPE_S;
    const { world } = this;
    const wave = 1 + 0.6 * Math.sin((2 * Math.PI * this.#timeS) / DAY_S);
    const weights = this.#engines.map((_, at) => (world.isUp(at) ? world.weight(at) : 0));
    const sum = weights.reduce((a, b) => a + b, 0);
    const meanRequests = world.ratePerEngine * wave * SCRAPE_S * this.#engines.length;
    for (const at of this.#engines.keys()) this.#serve(at, (meanRequests * weights[at]!) / sum);
    return {
      atMs: this.#timeS * 1_000,
      wallMs: this.#timeS * 1_000,
      heard: Object.fromEntries(this.#heard.map((it, at) => [idOf(at), this.#told(it)])),
      engines: Object.fromEntries(
        this.#engines.map(({ counts }, at) => [
          idOf(at),
          world.isUp(at) ? this.#reading(counts, at) : null,
        ]),
      ),
      gateway: {
        ...this.#gateway,
        reasons: { ...this.#reasons },
        events: { ...this.#events },
      },
    };
  }

  #serve(at: number, mean: number): void {
    const { world } = this;
    const engine = this.#engines[at]!;
    engine.drift = wander(engine.drift, 0.03, this.#normal());
    engine.slow = wander(engine.slow, 0.08, this.#normal());
    const requests = this.#count(mean);
    const tokens = requests * world.promptTokens(at);
    const noise = requests > 0 ? (this.#normal() * 0.3) / Math.sqrt(requests) : 0;
    const share = clamp(world.hitRate(at) + (world.hitRate(at) > 0 ? engine.drift + noise : 0));
    const ttftS = world.ttftS(at) * (1 + engine.slow) * Math.max(0.2, 1 + noise);
    const { counts } = engine;
    counts.requests += requests;
    counts.promptTokens += tokens;
    counts.prefixQueries += tokens;
    counts.prefixHits += Math.round(tokens * share);
    counts.externalQueries += tokens;
    counts.ttftCount += requests;
    counts.ttftSumS += requests * ttftS;
    counts.preemptions += this.#count(requests * world.preemptionsPerRequest);
    this.#route(at, { requests, foundTokens: tokens * share });
  }

  #route(at: number, { requests, foundTokens }: { requests: number; foundTokens: number }): void {
    const { world } = this;
    for (const [reason, share] of Object.entries(world.reasons)) {
      this.#reasons[reason] = (this.#reasons[reason] ?? 0) + this.#count(requests * share);
    }
    this.#gateway.comparedRequests += requests;
    this.#gateway.actualTokens += foundTokens;
    this.#gateway.predictedTokens += foundTokens / (world.found * (1 + 0.01 * this.#normal()));
    this.#gateway.driftRequests += this.#count(requests * world.drift);
    this.#events[idOf(at)] ??= 0;
    if (world.hearsEvents(at)) this.#events[idOf(at)]! += requests * 3;
    const heard = this.#heard[at];
    if (heard && world.publishes(at)) heard.events += requests * 3;
    if (heard && world.losesBatches(at)) heard.gapsLost++;
  }

  #told(counts: HeardCounts): HeardReading {
    return { counts: { ...counts }, isHeard: true, trouble: null, blocks: 100 };
  }

  #reading(counts: EngineCounts, at: number): EngineReading {
    return { counts: { ...counts }, prefixCaching: this.world.prefixCaching(at), waiting: 0 };
  }

  #normal(): number {
    return this.#random.normal();
  }

  /** A whole number around a mean, spread as counts of independent things are. */
  #count(mean: number): number {
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#normal()));
  }
}

export function idOf(engine: number): string {
  return `engine-${engine}`;
}

function zero(): Record<keyof EngineCounts, number> {
  return {
    requests: 0,
    promptTokens: 0,
    prefixQueries: 0,
    prefixHits: 0,
    externalQueries: 0,
    externalHits: 0,
    ttftSumS: 0,
    ttftCount: 0,
    preemptions: 0,
  };
}

/** An autoregressive walk that forgets within an hour, with this spread at rest. */
function wander(value: number, spread: number, normal: number): number {
  const kept = Math.exp(-SCRAPE_S / 3_600);
  return value * kept + spread * Math.sqrt(1 - kept * kept) * normal;
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
