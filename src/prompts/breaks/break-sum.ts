import { sumOf } from '../../base/lists.ts';
import type { PrefillCost } from '../prefill-cost.ts';
import type { BreakFigures, BreakRecord, CulpritSum } from '../result.ts';
import type { Break } from './break-finder.ts';
import { breakRecord } from './break-record.ts';

const WORST_MAX = 20;

/** Sums breaks up as they are found: by culprit and place, and the most costly ones. */
export class BreakSum {
  readonly #sums = new Map<string, CulpritSum>();
  readonly #cost: PrefillCost | undefined;
  #worst: BreakRecord[] = [];
  #beyond = 0;

  /** @param cost of computing tokens again; undefined where nobody asked */
  constructor(cost?: PrefillCost) {
    this.#cost = cost;
  }

  add(found: Break): void {
    const { culprit, place, lostTokens, tokens, firstToken: from } = found;
    const lostMs = this.#cost?.lostMs({ tokens, from, lost: lostTokens });
    if (this.#cost?.isBeyond(tokens)) this.#beyond++;
    const record = breakRecord(found, lostMs);
    const key = `${culprit.id}\0${place.group}`;
    const known = this.#sums.get(key);
    if (known === undefined) {
      const { id, name, remedy } = culprit;
      const share = 0;
      const first = { place: place.group, breaks: 1, lostTokens, share, remedy, example: record };
      const time = lostMs === undefined ? {} : { lostMs };
      this.#sums.set(key, { culprit: id, name, ...first, ...time });
    } else {
      known.breaks++;
      known.lostTokens += lostTokens;
      if (lostMs !== undefined) known.lostMs! += lostMs;
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
      ...(this.#cost && {
        cost: {
          profile: this.#cost.profile,
          lostMs: sumOf(sums, (it) => it.lostMs!),
          beyond: this.#beyond,
        },
      }),
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
