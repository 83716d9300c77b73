import type { Change } from './change.ts';

/** The values that a rule found to differ. */
export interface Values {
  was: string;
  is: string;
}

/** What breaks a prompt's reuse: one rule per file, one row each in `culprits.ts`. */
export interface Culprit {
  /** Stable, kebab-case; `--max-break` takes it. */
  id: string;
  /** For people, in a sum: `a time`. */
  name: string;
  /** For people, in a sentence: `the time changed`. */
  said: string;
  /** How it was told, for people. */
  rule: string;
  /** What the author of the prompt can do. */
  remedy: string;
  /** Its values tell nothing about anybody, so they are shown unasked. */
  isHarmless?: boolean;
  /** What it finds equal shows that one prompt goes on from the other, so nothing else need show it. */
  isProof?: boolean;
  /** Whether it explains the change; with the values where there are any. */
  explains(change: Change): boolean | Values;
}
