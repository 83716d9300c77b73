import { type Axis, limitOf, nextAlong } from './limit-search.ts';
import type { CapacityCurve, CapacityStep, CurveEnd } from './result.ts';

/** What a rate that was asked for came to. */
export interface MeasuredStep {
  step: CapacityStep;
  /** Why nothing more can be asked; the step then counts for nothing but the curve. */
  stop?: CurveEnd;
  reasons?: string[];
}

/** One way to serve, and how a rate is put on it; `index` numbers the steps of the whole search. */
export interface Searched {
  arm: string;
  measure: (rate: number, index: number) => Promise<MeasuredStep>;
}

/**
 * Looks for the highest rate of each, in turn, a step of each at a time: what changes with time changes for all.
 * What stops one stops all of them.
 */
export async function searchRates(
  searched: readonly Searched[],
  axis: Axis,
): Promise<CapacityCurve[]> {
  const searches = searched.map((it) => new RateSearch(axis, it));
  for (let index = 0; ;) {
    const open = searches.filter((it) => it.isOpen);
    if (open.length === 0) return searches.map((it) => it.curve);
    for (const search of open) {
      const stop = await search.go(index++);
      if (stop === undefined) continue;
      for (const other of searches) other.stop(stop);
      break;
    }
  }
}

/** A step that something else on the generator's machine disturbed is asked again; so many in a row end the search. */
const DISTURBED_MAX = 3;

type Stop = Pick<CapacityCurve, 'end' | 'reasons'>;

class RateSearch {
  readonly #axis: Axis;
  readonly #searched: Searched;
  readonly #steps: CapacityStep[] = [];
  /** Those that count. */
  #tried: { at: number; verdict: CapacityStep['verdict'] }[] = [];
  #stop: Stop | undefined;
  /** Steps in a row in which the generator was the limit. */
  #disturbed = 0;

  constructor(axis: Axis, searched: Searched) {
    this.#axis = axis;
    this.#searched = searched;
  }

  get isOpen(): boolean {
    return this.#stop === undefined && typeof this.#next === 'number';
  }

  get #next() {
    return nextAlong(this.#axis, this.#tried);
  }

  async go(index: number): Promise<Stop | undefined> {
    const rate = this.#next as number;
    const { step, stop, reasons = [] } = await this.#searched.measure(rate, index);
    if (stop === 'generator' && ++this.#disturbed < DISTURBED_MAX) return undefined;
    this.#disturbed = 0;
    this.#steps.push(step);
    if (stop !== undefined) return { end: stop, reasons };
    this.#tried = [...this.#tried, { at: rate, verdict: step.verdict }];
    return undefined;
  }

  stop(stop: Stop): void {
    if (this.isOpen) this.#stop = stop;
  }

  get curve(): CapacityCurve {
    const { held, failed } = limitOf(this.#axis, this.#tried);
    const next = this.#next;
    const end = this.#stop?.end ?? (next as CurveEnd);
    const { arm } = this.#searched;
    return { arm, end, reasons: this.#stop?.reasons ?? [], held, failed, steps: this.#steps };
  }
}
