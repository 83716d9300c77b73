import { percentile, sortedCopy } from '../../stats/percentile.ts';
import type { Lengths, SessionFigures } from '../result.ts';

/** Lengths of prompts, and how they grow from turn to turn of a session. */
export class Growth {
  readonly #lengths: number[] = [];
  readonly #turns = new Map<string, { turns: number; tokens: number }>();
  readonly #growths: number[] = [];

  add(tokens: number, session: string | undefined): void {
    this.#lengths.push(tokens);
    if (session === undefined) return;
    const known = this.#turns.get(session);
    if (known === undefined) {
      this.#turns.set(session, { turns: 1, tokens });
      return;
    }
    this.#growths.push(tokens - known.tokens);
    known.turns++;
    known.tokens = tokens;
  }

  lengths(): Lengths {
    const sorted = sortedCopy(this.#lengths);
    return {
      mean: sorted.reduce((sum, it) => sum + it, 0) / sorted.length,
      p50: percentile(sorted, 50),
      p95: percentile(sorted, 95),
      p99: percentile(sorted, 99),
      max: sorted.at(-1)!,
    };
  }

  sessions(): SessionFigures | null {
    if (this.#turns.size === 0) return null;
    const turns = sortedCopy([...this.#turns.values()].map((it) => it.turns));
    const growths = this.#growths.length === 0 ? null : sortedCopy(this.#growths);
    return {
      sessions: turns.length,
      turnsP50: percentile(turns, 50),
      turnsMax: turns.at(-1)!,
      growthP50: growths && percentile(growths, 50),
      growthP95: growths && percentile(growths, 95),
    };
  }
}
