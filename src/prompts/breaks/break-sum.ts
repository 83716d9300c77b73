import { sumOf } from '../../base/lists.ts';
import type { PrefillCost } from '../prefill-cost.ts';
import type { BreakCost, BreakFigures, BreakRecord, CulpritSum } from '../result.ts';
import type { Break } from './break-finder.ts';
import { breakRecord } from './break-record.ts';

const WORST_MAX = 20;

/** Sums breaks up as they are found: by culprit and place, and the most costly ones. */
export class BreakSum {
  readonly #sums = new CulpritSums();
  readonly #cost: PrefillCost | undefined;
  #worst: BreakRecord[] = [];
  #beyond = 0;

  /** @param cost of computing tokens again; undefined where nobody asked */
  constructor(cost?: PrefillCost) {
    this.#cost = cost;
  }

  add(found: Break | undefined): void {
    if (!found) return;
    const { culprit, place, lostTokens, tokens, firstToken: from } = found;
    const ms = this.#cost?.lostMs({ tokens, from, lost: lostTokens });
    const lostMs = ms === undefined ? undefined : toMicroseconds(ms);
    if (this.#cost?.isBeyond(tokens)) this.#beyond++;
    const example = breakRecord(found, lostMs);
    const { id, name, remedy } = culprit;
    this.#sums.add({
      culprit: id,
      name,
      place: place.group,
      breaks: 1,
      lostTokens,
      share: 0,
      ...(lostMs !== undefined && { lostMs }),
      remedy,
      example,
    });
    this.#worst.push(example);
    if (this.#worst.length > 2 * WORST_MAX) this.#worst = worstOf(this.#worst);
  }

  figures(promptTokens: number, isWindowed: boolean): BreakFigures {
    const cost = this.#cost && { profile: this.#cost.profile, beyond: this.#beyond };
    return figuresOf(this.#sums, { worst: this.#worst, promptTokens, isWindowed, cost });
  }
}

/** What the parts of a file found, each in requests of its own, as the figures of all of it. */
export function uniteBreaks(parts: readonly BreakFigures[], promptTokens: number): BreakFigures {
  const sums = new CulpritSums();
  for (const sum of parts.flatMap((it) => it.byCulprit)) sums.add({ ...sum });
  const [{ isWindowed, cost }] = parts as [BreakFigures];
  return figuresOf(sums, {
    worst: parts.flatMap((it) => it.worst),
    promptTokens,
    isWindowed,
    cost: cost && { profile: cost.profile, beyond: sumOf(parts, (it) => it.cost!.beyond ?? 0) },
  });
}

/** By culprit and place. Whole microseconds are added, so that the sum is the same in any order. */
class CulpritSums {
  readonly #sums = new Map<string, CulpritSum>();

  /** @param sum becomes this one's own where it is the first */
  add(sum: CulpritSum): void {
    const key = `${sum.culprit}\0${sum.place}`;
    const known = this.#sums.get(key);
    if (known === undefined) {
      this.#sums.set(key, sum);
      return;
    }
    known.breaks += sum.breaks;
    known.lostTokens += sum.lostTokens;
    if (sum.lostMs !== undefined) known.lostMs = toMicroseconds(known.lostMs! + sum.lostMs);
    if (sum.example.request < known.example.request) known.example = sum.example;
  }

  /** The most costly first; of equal ones that which came first. */
  all(): CulpritSum[] {
    const all = [...this.#sums.values()];
    const lostTokens = sumOf(all, (it) => it.lostTokens);
    return all
      .map((it) => ({ ...it, share: it.lostTokens / lostTokens }))
      .toSorted((a, b) => b.lostTokens - a.lostTokens || a.example.request - b.example.request);
  }
}

interface Rest extends Pick<BreakFigures, 'worst' | 'isWindowed'> {
  promptTokens: number;
  cost: Omit<BreakCost, 'lostMs'> | undefined;
}

function figuresOf(
  sums: CulpritSums,
  { worst, promptTokens, isWindowed, cost }: Rest,
): BreakFigures {
  const byCulprit = sums.all();
  const lostTokens = sumOf(byCulprit, (it) => it.lostTokens);
  const lostMs = byCulprit.reduce((sum, it) => toMicroseconds(sum + (it.lostMs ?? 0)), 0);
  return {
    breaks: sumOf(byCulprit, (it) => it.breaks),
    lostTokens,
    lostShare: promptTokens === 0 ? 0 : lostTokens / promptTokens,
    ...(cost && { cost: { ...cost, lostMs } }),
    isWindowed,
    byCulprit,
    worst: worstOf(worst),
  };
}

function worstOf(records: readonly BreakRecord[]): BreakRecord[] {
  return records
    .toSorted((a, b) => b.lostTokens - a.lostTokens || a.request - b.request)
    .slice(0, WORST_MAX);
}

/** The nearest whole microsecond. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
