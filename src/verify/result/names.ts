import type { ArmId, ComparisonId } from './result-arms.ts';

/** What an arm is, in the words of every report. */
const ARMS: Readonly<Record<ArmId, string>> = {
  A: 'uncacheable',
  B: 'routing off',
  C: 'routing on',
  D: 'straight to the holder',
  N: 'routing on, again',
  P: 'cold and straight',
};

/** `routing on (C)`; an arm of another program as it calls it. */
export function armName(arm: string): string {
  if (arm === '') return 'all requests';
  return Object.hasOwn(ARMS, arm) ? `${ARMS[arm as ArmId]} (${arm})` : arm;
}

interface ComparisonName {
  name: string;
  /** What is set against what. */
  question: string;
}

const COMPARISONS: Readonly<Record<ComparisonId, ComparisonName>> = {
  'cache-gain': { name: 'cache gain', question: 'cold (P) → cached (D), no gateway' },
  'routing-gain': { name: 'routing gain', question: 'routing off (B) → on (C)' },
  'gateway-tax': { name: 'gateway tax', question: 'straight (D) → gateway (C), hits only' },
  null: { name: 'null control', question: 'routing on (C) → again (N)' },
  'cache-and-routing': { name: 'cache and routing', question: 'uncacheable (A) → cached (C)' },
  'old-script': { name: 'old script', question: 'uncacheable (A) → cached (C)' },
  'routing-efficiency': { name: 'routing efficiency', question: 'share of the possible gain' },
};

/** What a comparison is called, and what it sets against what. */
export function comparisonName(id: ComparisonId): ComparisonName {
  return COMPARISONS[id];
}
