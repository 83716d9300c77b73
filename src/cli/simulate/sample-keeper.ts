import { NO_SAMPLE, type ReportSample } from '../../report/model.ts';
import type { SimulatedSample } from '../../simulate/run/simulated-sample.ts';
import type { SimulateSettings } from './settings.ts';

/** More would make a report that nobody opens. */
const KEPT_MAX = 50_000;

/** Keeps the requests of the first seed for the reports, where they are few and of one setting. */
export class SampleKeeper {
  readonly samples: ReportSample[] = [];
  readonly #isKept: boolean;

  constructor({ settings, policies, requests }: SimulateSettings) {
    this.#isKept = settings.length === 1 && policies.length * requests <= KEPT_MAX;
  }

  readonly keep = (policy: string, sample: SimulatedSample, servedBy: string | null): void => {
    if (!this.#isKept || this.samples.length >= KEPT_MAX) return;
    this.samples.push({
      ...NO_SAMPLE,
      id: sample.key,
      arm: policy,
      startMs: sample.atMs,
      ttftMs: sample.ttftMs,
      latencyMs: sample.latencyMs ?? 0,
      servedBy,
      promptTokens: sample.promptTokens,
      outputTokens: sample.outputTokens,
      reusableTokens: sample.seenTokens,
      predictedTokens: sample.predictedTokens,
      cachedTokens: sample.cachedTokens,
      failure: sample.failure,
    });
  };
}
