import type { EngineProfile } from '../../mocks/profiles/profile.ts';

export type TermName =
  | 'apiMs'
  | 'stepMs'
  | 'prefillMsPerToken'
  | 'prefillMsPerTokenSquared'
  | 'decodeMsPerRequest'
  | 'decodeMsPerContextToken'
  | 'postMs'
  | 'outputMsPerToken'
  | 'tierFixedMs'
  | 'tierMsPerToken';

export interface Term {
  name: TermName;
  /** As docs/simulation.md writes the formula. */
  symbol: string;
  unit: string;
  /** What must be seen to tell it from the others; completes "it takes …". */
  needs: string;
  /** Without it neither the first token nor the ones after it can be predicted. */
  isEssential: boolean;
  valueIn: (profile: EngineProfile) => number;
}

type Timing = keyof EngineProfile['timing'] & TermName;

function timed(name: Timing, about: Omit<Term, 'name' | 'valueIn'>): Term {
  return { name, ...about, valueIn: ({ timing }) => timing[name] };
}

/** The terms of the step model, those that are given up last come first. */
export const TERMS: readonly Term[] = [
  timed('prefillMsPerToken', {
    symbol: 'a',
    unit: 'ms/token',
    needs: 'prompts of unlike lengths, alone on the engine, whose cached tokens it reports',
    isEssential: true,
  }),
  timed('apiMs', {
    symbol: 'api',
    unit: 'ms',
    needs: 'short prompts alone on the engine, and gaps between tokens to tell it from s',
    isEssential: true,
  }),
  timed('stepMs', {
    symbol: 's',
    unit: 'ms',
    needs: 'gaps between tokens while nothing is prefilled, with batches of unlike sizes',
    isEssential: true,
  }),
  timed('decodeMsPerRequest', {
    symbol: 'd',
    unit: 'ms/request',
    needs: 'gaps between tokens in small and in large batches',
    isEssential: true,
  }),
  timed('decodeMsPerContextToken', {
    symbol: 'k',
    unit: 'ms/token',
    needs: 'gaps between tokens with short and with long contexts',
    isEssential: true,
  }),
  timed('prefillMsPerTokenSquared', {
    symbol: 'q',
    unit: 'ms/token²',
    needs: 'long prompts alone on the engine, or long cached beginnings with new tokens after them',
    isEssential: false,
  }),
  timed('postMs', {
    symbol: 'post',
    unit: 'ms',
    needs: 'streamed answers of unlike lengths',
    isEssential: false,
  }),
  timed('outputMsPerToken', {
    symbol: 'perToken',
    unit: 'ms/token',
    needs: 'streamed answers of unlike lengths',
    isEssential: false,
  }),
  {
    name: 'tierFixedMs',
    symbol: 'fixed',
    unit: 'ms',
    needs: 'prompts of unlike lengths that come from the second tier alone (--tier)',
    isEssential: false,
    valueIn: ({ tier }) => tier?.loadFixedMs ?? 0,
  },
  {
    name: 'tierMsPerToken',
    symbol: 'load',
    unit: 'ms/token',
    needs: 'prompts of unlike lengths that come from the second tier alone (--tier)',
    isEssential: false,
    valueIn: ({ tier, kvBytesPerToken }) => (tier ? kvBytesPerToken / tier.bytesPerMs : 0),
  },
];

/** How often each term counts in one time. */
export type Amounts = Partial<Record<TermName, number>>;

/** Milliseconds by the terms' values. */
export function timeOf(amounts: Amounts, values: Readonly<Record<TermName, number>>): number {
  let ms = 0;
  for (const { name } of TERMS) ms += (amounts[name] ?? 0) * values[name];
  return ms;
}
