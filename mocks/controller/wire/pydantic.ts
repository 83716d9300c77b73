import { alternatives } from '../../../src/base/alternatives.ts';
export type FieldKind = 'string' | 'integer' | 'integers' | 'pair' | 'boolean';

export interface RequestField {
  kind: FieldKind;
  /** When it may be left out. */
  default?: unknown;
  /** Whether it may be null, which is kept. */
  isNullable?: boolean;
  /** Of an integer. */
  min?: number;
  /** Of a string: all that it may be. */
  choices?: readonly string[];
}

/** Keys in the order in which pydantic dumps them. */
export interface ValidationProblem {
  type: string;
  loc: Location;
  msg: string;
  input: unknown;
  ctx?: object;
}

export type Location = readonly (string | number)[];

/** What a field holds, or all that is wrong with it. */
export type Reading = { value: unknown } | { problems: ValidationProblem[] };

/** Reads one field in pydantic's lax mode, in which `"1"` is an integer. */
export function readField(value: unknown, field: RequestField, loc: Location): Reading {
  switch (field.kind) {
    case 'string':
      return readChoice(value, field.choices, loc);
    case 'integer':
      return readInteger(value, loc, field.min);
    case 'integers':
      return readIntegers(value, loc);
    case 'pair':
      return readPair(value, loc);
    case 'boolean':
      return readBoolean(value, loc);
  }
}

const BOOLEAN = 'Input should be a valid boolean';
const TRUE = new Set(['1', 'on', 't', 'true', 'y', 'yes']);
const FALSE = new Set(['0', 'off', 'f', 'false', 'n', 'no']);

function readBoolean(value: unknown, loc: Location): Reading {
  if (typeof value === 'boolean') return { value };
  const at = { loc, input: value };
  if (typeof value !== 'string' && !Number.isInteger(value)) return wrong('bool_type', BOOLEAN, at);
  const word = String(value).toLowerCase();
  if (TRUE.has(word)) return { value: true };
  if (FALSE.has(word)) return { value: false };
  return wrong('bool_parsing', `${BOOLEAN}, unable to interpret input`, at);
}

function readChoice(
  value: unknown,
  choices: readonly string[] | undefined,
  loc: Location,
): Reading {
  const at = { loc, input: value };
  if (typeof value !== 'string') return wrong('string_type', 'Input should be a valid string', at);
  if (choices === undefined || choices.includes(value)) return { value };
  const names = choices.map((choice) => `'${choice}'`);
  const expected = alternatives(names);
  return wrong('literal_error', `Input should be ${expected}`, at, { expected });
}

const INTEGER = 'Input should be a valid integer';

function readInteger(value: unknown, loc: Location, min = -Infinity): Reading {
  const at = { loc, input: value };
  const number = integerOf(value);
  if (number === undefined) {
    if (typeof value === 'number') {
      return wrong('int_from_float', `${INTEGER}, got a number with a fractional part`, at);
    }
    return typeof value === 'string'
      ? wrong('int_parsing', `${INTEGER}, unable to parse string as an integer`, at)
      : wrong('int_type', INTEGER, at);
  }
  if (number >= min) return { value: number };
  const msg = `Input should be greater than or equal to ${min}`;
  return wrong('greater_than_equal', msg, at, { ge: min });
}

function integerOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') return integerFrom(value);
  return Number.isInteger(value) ? (value as number) : undefined;
}

/** The integer that a text is: digits may be parted by underscores, and only zeros follow a point. */
export function integerFrom(text: string): number | undefined {
  const digits = /^\s*([+-]?\d+(?:_\d+)*)(?:\.0+)?\s*$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits.replaceAll('_', ''));
}

function readIntegers(value: unknown, loc: Location): Reading {
  if (!Array.isArray(value)) {
    return wrong('list_type', 'Input should be a valid list', { loc, input: value });
  }
  // Prompts are long, and nearly all of them are right.
  if (value.every((item) => Number.isInteger(item))) return { value };
  return gathered(value.map((item, index) => readInteger(item, [...loc, index])));
}

function readPair(value: unknown, loc: Location): Reading {
  const at = { loc, input: value };
  if (!Array.isArray(value)) return wrong('tuple_type', 'Input should be a valid tuple', at);
  if (value.length > 2) {
    const msg = `Tuple should have at most 2 items after validation, not ${value.length}`;
    const ctx = { field_type: 'Tuple', max_length: 2, actual_length: value.length };
    return wrong('too_long', msg, at, ctx);
  }
  const readings = [0, 1].map((index) =>
    index < value.length
      ? readChoice(value[index], undefined, [...loc, index])
      : wrong('missing', 'Field required', { loc: [...loc, index], input: value }),
  );
  return gathered(readings);
}

export function gathered(readings: readonly Reading[]): Reading {
  const problems = readings.flatMap((reading) => ('problems' in reading ? reading.problems : []));
  if (problems.length > 0) return { problems };
  return { value: readings.map((reading) => ('value' in reading ? reading.value : undefined)) };
}

export function wrong(
  type: string,
  msg: string,
  ...[{ loc, input }, ctx]: [at: { loc: Location; input: unknown }, ctx?: object]
): Reading {
  return { problems: [{ type, loc, msg, input, ...(ctx && { ctx }) }] };
}
