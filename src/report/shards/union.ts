import { type PhaseResult, Totals } from '../../load/aggregate.ts';
import { FailureTally } from '../../load/failure-tally.ts';
import type { Sample } from '../../load/sample.ts';
import { SampleTable } from '../../load/sample-table.ts';
import { SeenIds } from '../../load/seen-ids.ts';
import { BoundedValues } from './bounded-values.ts';
import { SuccessHistograms } from '../build-load.ts';

/** A report with more is no longer one that anything opens; the shards' logs have them all. */
const SAMPLES_KEPT_MAX = 1_000_000;

/** The samples of all shards put together, one after the other. */
export class Union {
  readonly failures = new FailureTally();
  readonly histograms = new SuccessHistograms();
  /** Requests that more than one shard sent. */
  readonly twice: number[] = [];
  readonly #gaps = new BoundedValues();
  readonly #totals: Totals;
  readonly #seen = new SeenIds();
  #kept: SampleTable | undefined = new SampleTable();
  #distinct = 0;

  constructor(timeoutMs: number) {
    this.#totals = new Totals(timeoutMs, 'plan', this.#gaps);
  }

  add(sample: Sample): void {
    if (!this.#seen.add(sample)) {
      this.twice.push(sample.id);
      return;
    }
    this.#distinct++;
    this.#totals.add(sample);
    this.histograms.add(sample);
    this.failures.take(sample);
    this.#kept?.push(sample);
    if (this.#distinct > SAMPLES_KEPT_MAX) this.#kept = undefined;
  }

  /** Different requests of the plan. */
  get requests(): number {
    return this.#distinct;
  }

  /** All of them, or none where they are too many for a report. */
  get samples(): Iterable<Sample> {
    return this.#kept ?? [];
  }

  get hasExactGaps(): boolean {
    return this.#gaps.isExact;
  }

  /** What is left out, so that memory holds the rest. */
  get leftOut(): string[] {
    return [
      ...(this.#kept ? [] : ['too many requests for a report: they are in the logs of the shards']),
      ...(this.hasExactGaps
        ? []
        : [
            'too many gaps between tokens to keep: ITL is from a histogram, to 0.1 %, without intervals',
          ]),
    ];
  }

  result(): PhaseResult {
    return this.#totals.result();
  }
}
