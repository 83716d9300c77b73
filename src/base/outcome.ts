import { present } from './lists.ts';
/** How a run or one of its checks came out. Inconclusive is not a pass. */
export type Outcome = 'pass' | 'fail' | 'inconclusive' | 'invalid' | 'error';

/** One judged claim, as every command reports it. */
export interface Check {
  /** Stable, kebab-case. */
  id: string;
  /** One sentence that is true when the check passes. */
  claim: string;
  outcome: Outcome;
  expected: string;
  actual: string;
  /** What was seen, enough to believe the outcome. */
  evidence: string;
  /** What to do when it did not pass; empty when it did. */
  remedy: string;
}

/**
 * One finding of preflight or doctor. `blocking`: measuring makes no sense while it is not `pass`.
 * `degrading`: something cannot be judged or hits are lost. `hint`: good to know, never counted.
 */
export interface Finding extends Check {
  severity: 'blocking' | 'degrading' | 'hint';
  /** What was found, for programs: the verification takes findings as evidence. Null: not known. */
  facts?: Readonly<Record<string, string | number | boolean | null>>;
}

/** A check before it is settled: its evidence may be in parts, of which some do not apply. */
export type Draft<C extends Check = Check> = Omit<C, 'evidence'> & {
  evidence: string | readonly (string | false | null | undefined)[];
};

/** Evidence in one line, and no remedy where there is nothing to mend. */
export function settled<C extends Check = Check>(draft: Draft<C>): C {
  const { evidence: parts, outcome, remedy } = draft;
  const evidence = typeof parts === 'string' ? parts : present(parts).join(' · ');
  return { ...draft, evidence, remedy: outcome === 'pass' ? '' : remedy } as unknown as C;
}

/** Worst first: an error hides what else might have been said. */
const SEVERITY: readonly Outcome[] = ['error', 'invalid', 'fail', 'inconclusive', 'pass'];

/** The outcome of several: the worst of them. No checks at all is inconclusive. */
export function worstOutcome(outcomes: readonly Outcome[]): Outcome {
  return SEVERITY.find((outcome) => outcomes.includes(outcome)) ?? 'inconclusive';
}
