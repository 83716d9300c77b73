import type { JsonRecord } from '../shape.ts';

/** A year. */
const MS_MAX = 366 * 24 * 3_600_000;

/** Lowest and highest value of a number, by the name of the parameter or condition. */
const RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  // Below 200 no answer is final, and Node throws at what is no status at all.
  code: [200, 599],
  retryAfter: [0, MS_MAX],
  ms: [0, MS_MAX],
  flapMs: [1, MS_MAX],
  freezeMs: [0, MS_MAX],
  downMs: [0, MS_MAX],
  afterMs: [0, MS_MAX],
  untilMs: [0, MS_MAX],
  cv: [0, 10],
  factor: [0.001, 1_000_000],
  tokens: [0, 1_000_000_000],
  afterTokens: [0, 1_000_000_000],
  at: [1, 1_000_000_000],
  bytes: [0, 1_000_000_000],
  drop: [0, 1],
  dup: [0, 1],
  reorder: [0, 1],
  probability: [0, 1],
  nth: [1, 1_000_000_000],
  every: [1, 1_000_000_000],
  minQueue: [0, 1_000_000_000],
};

const WHOLE = new Set(['code', 'tokens', 'afterTokens', 'at', 'bytes', 'nth', 'every', 'minQueue']);

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  mode: ['fin', 'rst'],
  state: ['down'],
};

/** What is wrong with the values of a fault's parameters or conditions, naming the member; undefined when nothing is. */
export function valueProblem(members: JsonRecord, where: string): string | undefined {
  for (const [name, value] of Object.entries(members)) {
    if (typeof value === 'number' && Object.hasOwn(RANGES, name)) {
      const [min, max] = RANGES[name]!;
      const isFit = value >= min && value <= max && (!WHOLE.has(name) || Number.isInteger(value));
      const kind = WHOLE.has(name) ? 'whole number' : 'number';
      if (!isFit) return `${where}.${name} must be a ${kind} from ${min} to ${max}.`;
    }
    if (typeof value === 'string' && Object.hasOwn(CHOICES, name)) {
      const choices = CHOICES[name]!;
      if (!choices.includes(value)) return `${where}.${name} must be ${choices.join(' or ')}.`;
    }
  }
  return undefined;
}
