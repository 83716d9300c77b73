import { sumOf } from '../../base/lists.ts';
import type { BreakFigures, BreakRecord, CulpritSum } from '../result.ts';
import type { Break } from './break-finder.ts';
import { breakRecord } from './break-record.ts';

const WORST_MAX = 20;

/** Sums breaks up as they are found: by culprit and place, and the most costly ones. */
export class BreakSum {
  readonly #sums = new Map<string, CulpritSum>();
  #worst: BreakRecord[] = [];

  add(found: Break): void {
    const { culprit, place, lostTokens } = found;
    const record = breakRecord(found);
    const key = `${culprit.id}\0${place.group}`;
    const known = this.#sums.get(key);
    if (known === undefined) {
      const { id, name, remedy } = culprit;
      const share = 0;
      const first = { place: place.group, breaks: 1, lostTokens, share, remedy, example: record };
      this.#sums.set(key, { culprit: id, name, ...first });
    } else {
      known.breaks++;
      known.lostTokens += lostTokens;
    }
    this.#worst.push(record);
    if (this.#worst.length > 2 * WORST_MAX) this.#worst = worstOf(this.#worst);
  }

  figures(promptTokens: number, isWindowed: boolean): BreakFigures {
    const sums = [...this.#sums.values()];
    const lostTokens = sumOf(sums, (it) => it.lostTokens);
    return {
      breaks: sumOf(sums, (it) => it.breaks),
      lostTokens,
      lostShare: promptTokens === 0 ? 0 : lostTokens / promptTokens,
      isWindowed,
      byCulprit: sums
        .map((it) => ({ ...it, share: it.lostTokens / lostTokens }))
        .toSorted((a, b) => b.lostTokens - a.lostTokens),
      worst: worstOf(this.#worst),
    };
  }
}

function worstOf(records: readonly BreakRecord[]): BreakRecord[] {
  return records
    .toSorted((a, b) => b.lostTokens - a.lostTokens || a.request - b.request)
    .slice(0, WORST_MAX);
}
