import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import { formatCount } from '../../base/figures.ts';
import { simulateError } from '../errors.ts';

/**
 * Keeps runs within what their engines' profiles were calibrated on; a profile that never was says nothing of it.
 * Where it may be left, what was found beyond is remembered.
 */
export class CalibrationGuard {
  readonly #mayExtrapolate: boolean;
  readonly #beyond = new Map<string, number>();

  constructor(mayExtrapolate: boolean) {
    this.#mayExtrapolate = mayExtrapolate;
  }

  /** @throws KvcacheError EXTRAPOLATION_REFUSED (kind usage) */
  onRequest(profile: EngineProfile, promptTokens: number, contextTokens: number): void {
    const seen = profile.calibration?.seen;
    if (!seen) return;
    const { promptTokensMin, promptTokensMax, contextTokensMax } = seen;
    if (promptTokens > promptTokensMax) {
      this.#leave(
        profile,
        `prompts of more than ${formatCount(promptTokensMax)} tokens`,
        promptTokens,
      );
    }
    if (promptTokens < promptTokensMin) {
      this.#leave(
        profile,
        `prompts of fewer than ${formatCount(promptTokensMin)} tokens`,
        promptTokens,
      );
    }
    if (contextTokens > contextTokensMax) {
      this.#leave(
        profile,
        `prompts with answers of more than ${formatCount(contextTokensMax)} tokens`,
        contextTokens,
      );
    }
  }

  /** @throws KvcacheError EXTRAPOLATION_REFUSED (kind usage) */
  onBatch(profile: EngineProfile, requests: number): void {
    const most = profile.calibration?.seen.batchMax ?? Infinity;
    if (requests > most)
      this.#leave(profile, `more than ${formatCount(most)} requests at once`, requests);
  }

  /** What was met beyond the calibration, each in words. */
  get beyond(): string[] {
    return Array.from(this.#beyond, ([what, furthest]) => `${what} (${formatCount(furthest)})`);
  }

  #leave({ name }: EngineProfile, what: string, value: number): void {
    if (!this.#mayExtrapolate) {
      throw simulateError('EXTRAPOLATION_REFUSED', {
        message: `Profile "${name}" was not calibrated on ${what}, and this run has ${formatCount(value)}.`,
      });
    }
    const before = this.#beyond.get(what);
    const isFurther =
      before === undefined || (what.includes('fewer') ? value < before : value > before);
    if (isFurther) this.#beyond.set(what, value);
  }
}
