import type { EngineProfile, TimingCoefficients } from '../../profiles/profile.ts';
import type { EngineCounters } from './counters.ts';
import { admit } from './admission.ts';
import type { Sequence } from './sequence.ts';
import type { EngineStores } from './stores.ts';
import { decodeMs, effectiveTiming, jitterFactor, prefillMs } from './timing.ts';
import { WaitingQueue } from './waiting-queue.ts';

/** One sequence's part in a step. */
export interface StepShare {
  sequence: Sequence;
  tokens: number;
}

export interface Step {
  startMs: number;
  endMs: number;
  shares: StepShare[];
}

export interface SchedulerOptions {
  profile: EngineProfile;
  stores: EngineStores;
  counters: EngineCounters;
}

/**
 * Continuous batching with chunked prefill, after vLLM V1: every step first gives each decoding
 * request one token, then the rest of the token budget to prefills in order of admission, then to
 * waiting requests. When decoding finds no block, the newest running request is preempted and
 * later recomputed from what is still cached of it.
 */
export class Scheduler {
  readonly running: Sequence[] = [];
  readonly waiting = new WaitingQueue();
  readonly #options: SchedulerOptions;
  readonly #timing: TimingCoefficients;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#timing = effectiveTiming(options.profile);
  }

  /** Earliest time after `afterMs` at which a step could do something; undefined when nothing is left to do. */
  nextWorkMs(afterMs: number): number | undefined {
    let earliest = Infinity;
    const { head } = this.waiting;
    if (head && head.arrivalMs > afterMs) earliest = head.arrivalMs;
    for (const { readyMs } of this.running) {
      if (readyMs > afterMs && readyMs < earliest) earliest = readyMs;
    }
    return earliest === Infinity ? undefined : earliest;
  }

  /** Decides who takes part in a step starting now; undefined when no one can. */
  plan(startMs: number): Step | undefined {
    const shares = this.#decodeShares(startMs);
    let budget = this.#options.profile.maxBatchedTokens - shares.length;
    for (const sequence of this.running) {
      if (!sequence.isDecoding) budget -= this.#prefillShare(sequence, startMs, budget, shares);
    }
    while (budget > 0 && this.#hasPlace(startMs)) {
      const sequence = this.waiting.head!;
      if (!admit(sequence, this.#options, startMs)) break;
      this.waiting.shift();
      this.running.push(sequence);
      budget -= this.#prefillShare(sequence, startMs, budget, shares);
    }
    if (shares.length === 0) return undefined;
    return { startMs, endMs: startMs + this.#durationMs(shares), shares };
  }

  /**
   * Admits, computes, answers and lets go in no time. Returns how many tokens of the answer the cache
   * had room for; undefined when it cannot hold the prompt.
   */
  runAtOnce(sequence: Sequence, atMs: number): number | undefined {
    if (!admit(sequence, this.#options, atMs)) return undefined;
    const { device } = this.#options.stores;
    const { chain, output } = sequence;
    const allocation = sequence.allocation!;
    device.commit(allocation, chain.length);
    this.storeInTier(sequence);
    // The KV of the last token is never computed.
    const room = device.room(allocation) - chain.length + 1;
    const count = Math.min(output.tokens.length, room);
    chain.append(output.tokens, 0, count);
    if (device.extend(allocation)) device.commit(allocation, chain.length - 1);
    device.release(allocation);
    return count;
  }

  /** Writes the prompt through to the second tier, as LMCache does at the end of a prefill. */
  storeInTier(sequence: Sequence): void {
    const { stores } = this.#options;
    if (!stores.tier || !sequence.tierChain) return;
    stores.actor = sequence.key;
    stores.tier.store(sequence.tierChain);
  }

  /** Takes the sequence out, wherever it is, and lets go of its blocks. */
  release(sequence: Sequence): void {
    const index = this.running.indexOf(sequence);
    if (index >= 0) this.running.splice(index, 1);
    else this.waiting.remove(sequence);
    if (sequence.allocation) this.#options.stores.device.release(sequence.allocation);
    sequence.allocation = undefined;
  }

  #hasPlace(startMs: number): boolean {
    const { head } = this.waiting;
    return (
      head !== undefined &&
      head.arrivalMs <= startMs &&
      this.running.length < this.#options.profile.maxNumSeqs
    );
  }

  #decodeShares(startMs: number): StepShare[] {
    const shares: StepShare[] = [];
    for (const sequence of this.running) {
      if (!sequence.isDecoding || sequence.readyMs > startMs) continue;
      if (this.#growOrPreempt(sequence)) shares.push({ sequence, tokens: 1 });
    }
    return shares;
  }

  /** False when the sequence itself had to give way. */
  #growOrPreempt(sequence: Sequence): boolean {
    const { device } = this.#options.stores;
    this.#options.stores.actor = sequence.key;
    while (!device.extend(sequence.allocation!)) {
      const victim = this.running.at(-1)!;
      this.#preempt(victim);
      if (victim === sequence) return false;
    }
    device.commit(sequence.allocation!, sequence.chain.length);
    return true;
  }

  #preempt(victim: Sequence): void {
    this.running.pop();
    this.#options.stores.device.release(victim.allocation!);
    victim.allocation = undefined;
    victim.computedTokens = 0;
    victim.preemptions++;
    this.#options.counters.preemptions++;
    this.waiting.add(victim);
  }

  /** Gives the sequence its next prefill chunk; returns the tokens used. */
  #prefillShare(sequence: Sequence, startMs: number, budget: number, shares: StepShare[]): number {
    if (sequence.readyMs > startMs || budget <= 0) return 0;
    const { profile, stores } = this.#options;
    const tokens = Math.min(sequence.remainingTokens, profile.prefillChunkTokens, budget);
    stores.device.commit(sequence.allocation!, sequence.computedTokens + tokens);
    shares.push({ sequence, tokens });
    return tokens;
  }

  #durationMs(shares: readonly StepShare[]): number {
    const { ttftCv, itlCv } = this.#options.profile.jitter;
    let prefill = 0;
    let decoders = 0;
    let contextTokens = 0;
    let slowFactor = 1;
    for (const { sequence, tokens } of shares) {
      slowFactor = Math.max(slowFactor, sequence.slowFactor);
      if (sequence.isDecoding) {
        decoders++;
        contextTokens += sequence.chain.length;
        continue;
      }
      const work = { contextTokens: sequence.computedTokens, chunkTokens: tokens };
      prefill += prefillMs(this.#timing, work) * jitterFactor(sequence.jitter, ttftCv);
    }
    const rest = this.#timing.stepMs + decodeMs(this.#timing, decoders, contextTokens);
    return slowFactor * (prefill + rest * jitterFactor(shares[0]!.sequence.jitter, itlCv));
  }
}
