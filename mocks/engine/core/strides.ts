import type { Clock } from '../../../src/base/clock.ts';
import type { EngineProfile, TimingCoefficients } from '../../profiles/profile.ts';
import type { Step, StepShare } from './scheduler.ts';
import { decodeMs, jitterFactor } from './timing.ts';

export interface StridesOptions {
  clock: Clock;
  profile: EngineProfile;
  timing: TimingCoefficients;
  /** So many steps like this one are over, the last at `atMs`. */
  onTaken: (step: Step, count: number, atMs: number) => void;
  /** After that: the engine is free for its next step. */
  onEnd: () => void;
}

/** A step under way, and like ones foreseen after it. */
interface Stride {
  step: Step;
  /** Ends of the steps, the planned one first. */
  ends: number[];
  /** Draws of the steps after it. */
  normals: number[];
}

/**
 * Steps in time, where they may be foreseen several at once: while all that run only decode, none of them ends and
 * none needs another block, one step is like the next but for how long it takes. Who comes in between cuts the
 * stride off after the step under way.
 */
export class Strides {
  readonly #options: StridesOptions;
  #stride: Stride | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: StridesOptions) {
    this.#options = options;
  }

  get isUnderWay(): boolean {
    return this.#stride !== undefined;
  }

  begin(step: Step, isForeseeable: boolean): void {
    this.#stride = { step, ends: [step.endMs], normals: [] };
    if (isForeseeable) this.#foresee(this.#stride);
    this.#await(this.#stride);
  }

  /** Somebody has come: only the step under way is still as it was foreseen. */
  cut(): void {
    const stride = this.#stride;
    if (!stride || stride.ends.length === 1) return;
    const nowMs = this.#options.clock.nowMs();
    const last = stride.ends.findIndex((endMs) => endMs >= nowMs);
    if (last === -1 || last === stride.ends.length - 1) return;
    stride.ends.length = last + 1;
    stride.step.shares[0]!.sequence.jitter.giveBack(stride.normals.splice(last));
    this.#cancel?.();
    this.#await(stride);
  }

  /** The same, and what is over by now has happened. */
  catchUp(): void {
    this.cut();
    const stride = this.#stride;
    if (!stride || stride.ends.length === 1) return;
    const over = stride.ends.splice(0, stride.ends.length - 1);
    stride.normals.splice(0, over.length);
    this.#options.onTaken(stride.step, over.length, over.at(-1)!);
  }

  #await(stride: Stride): void {
    const endMs = stride.ends.at(-1)!;
    this.#cancel = this.#options.clock.at(endMs, () => {
      this.#stride = undefined;
      this.#options.onTaken(stride.step, stride.ends.length, endMs);
      this.#options.onEnd();
    });
  }

  #foresee({ step: { shares, endMs: firstEndMs }, ends, normals }: Stride): void {
    const { profile, timing } = this.#options;
    const { itlCv } = profile.jitter;
    const count = Math.min(...shares.map((share) => likeSteps(share, profile.blockSize)));
    const lead = shares[0]!.sequence;
    const slowFactor = Math.max(1, ...shares.map(({ sequence }) => sequence.slowFactor));
    let contextTokens = shares.reduce((sum, { sequence }) => sum + sequence.chain.length, 0);
    let endMs = firstEndMs;
    const drawn = { normal: () => normals.at(-1)! };
    for (let index = 1; index < count; index++) {
      contextTokens += shares.length;
      if (itlCv > 0) normals.push(lead.jitter.normal());
      const ms = timing.stepMs + decodeMs(timing, shares.length, contextTokens);
      endMs += slowFactor * (ms * jitterFactor(drawn, itlCv));
      ends.push(endMs);
    }
  }
}

/** Steps from this one on that only give the sequence a token: until it ends, or fills a block or begins one. */
function likeSteps({ sequence }: StepShare, blockSize: number): number {
  if (!sequence.isDecoding) return 1;
  const inBlock = sequence.chain.length % blockSize;
  const left = sequence.output.tokens.length - sequence.emittedTokens;
  return Math.min(left, inBlock === 0 ? 1 : blockSize - inBlock);
}
