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

/** Worst first: an error hides what else might have been said. */
const SEVERITY: readonly Outcome[] = ['error', 'invalid', 'fail', 'inconclusive', 'pass'];

/** The outcome of several: the worst of them. No checks at all is inconclusive. */
export function worstOutcome(outcomes: readonly Outcome[]): Outcome {
  return SEVERITY.find((outcome) => outcomes.includes(outcome)) ?? 'inconclusive';
}
