import { effectiveTiming, prefillAloneMs } from '../../../mocks/engine/core/timing.ts';
import type { EngineProfile, TimingCoefficients } from '../../../mocks/profiles/profile.ts';
import type { FleetSpec } from './fleet-spec.ts';

/**
 * What each engine has still to do before the first tokens of the requests it was sent, by its own model of time.
 * Counted are prompts alone, as if none had been begun and all that is held lay on the device.
 */
export class Backlog {
  readonly #engines: readonly { profile: EngineProfile; timing: TimingCoefficients }[];
  /** In whole microseconds, so that what is added and taken off comes to 0. */
  readonly #us: Float64Array;

  constructor({ engines }: FleetSpec) {
    this.#engines = engines.map(({ profile }) => ({ profile, timing: effectiveTiming(profile) }));
    this.#us = new Float64Array(engines.length);
  }

  /** Counts a prompt in; to be called once its first token is there, or never will be: more calls do nothing. */
  add(engine: number, promptTokens: number, heldTokens: number): () => void {
    let us = Math.round(1_000 * this.#prefillMs(engine, promptTokens, heldTokens));
    this.#us[engine]! += us;
    return () => {
      this.#us[engine]! -= us;
      us = 0;
    };
  }

  /** By engine, ms until it would give the first token of one more prompt. */
  firstTokenMs(promptTokens: number, heldTokens: Uint32Array): Float64Array {
    return this.#us.map(
      (us, engine) =>
        us / 1_000 +
        this.#engines[engine]!.timing.apiMs +
        this.#prefillMs(engine, promptTokens, heldTokens[engine]!),
    );
  }

  #prefillMs(engine: number, promptTokens: number, heldTokens: number): number {
    const { profile, timing } = this.#engines[engine]!;
    const work = { contextTokens: heldTokens, chunkTokens: promptTokens - heldTokens };
    return prefillAloneMs(profile, timing, work);
  }
}
