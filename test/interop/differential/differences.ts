import type { JsonAnswer } from '../../helpers/mock-fleet.ts';

/** One place where the mock answers otherwise than the real part. */
export interface Difference {
  request: string;
  /** `status`, `header NAME` or `body.PATH`. */
  at: string;
  real: unknown;
  mock: unknown;
}

/** A difference that is meant, and why. A text stands for itself, an expression for what it matches. */
export interface Declared {
  request: string | RegExp;
  at: string | RegExp;
  reason: string;
}

export function isDeclared(difference: Difference, { request, at }: Declared): boolean {
  const fits = (pattern: string | RegExp, text: string): boolean =>
    typeof pattern === 'string' ? pattern === text : pattern.test(text);
  return fits(request, difference.request) && fits(at, difference.at);
}

/** Of the moment or of the connection, or said by the body anyway. */
export const IGNORED_HEADERS = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/** Each part of an answer by its place. */
export function partsOf(answer: JsonAnswer): Map<string, unknown> {
  const parts = new Map<string, unknown>([['status', answer.status]]);
  for (const [name, value] of answer.headers) {
    if (!IGNORED_HEADERS.has(name)) parts.set(`header ${name}`, value);
  }
  // What a process counts is its own; that it exposes metrics is not.
  if (answer.text.startsWith('# HELP')) return parts.set('body', 'metrics');
  flatten('body', answer.json ?? answer.text, parts);
  return parts;
}

export function flatten(at: string, value: unknown, parts: Map<string, unknown>): void {
  if (typeof value !== 'object' || value === null) {
    parts.set(at, typeof value === 'string' ? value.replace(UUID, '<uuid>') : value);
    return;
  }
  const entries = Object.entries(value);
  const isList = Array.isArray(value) && value.every((entry) => typeof entry !== 'object');
  if (isList || entries.length === 0) return void parts.set(at, JSON.stringify(value));
  for (const [key, inner] of entries) flatten(`${at}.${key}`, inner, parts);
}

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;

export function differencesOf(
  real: ReadonlyMap<string, unknown>,
  mock: ReadonlyMap<string, unknown>,
): Omit<Difference, 'request'>[] {
  const places = new Set([...real.keys(), ...mock.keys()]);
  return [...places]
    .filter((at) => real.get(at) !== mock.get(at))
    .map((at) => ({ at, real: real.get(at), mock: mock.get(at) }));
}
