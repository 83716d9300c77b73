import { alternatives } from '../../src/base/alternatives.ts';
import { isRecord, type JsonRecord } from '../../src/base/json.ts';

export type Location = readonly (string | number)[];

/** One entry of pydantic's list, in the order of its keys. */
export interface Problem {
  type: string;
  loc: Location;
  msg: string;
  input: unknown;
  ctx?: object;
}

/** All that is wrong with a value. */
export class Problems {
  readonly list: readonly Problem[];

  constructor(list: readonly Problem[]) {
    this.list = list;
  }
}

/**
 * What a value is in pydantic's lax mode, in which `"1"` is an integer and `"yes"` true; or the
 * `Problems` with it. What is right comes back as it is: nearly all of nearly all bodies.
 */
export type Reader = (value: unknown, loc: Location) => unknown;

type At = Pick<Problem, 'loc' | 'input'>;

export function problem(type: string, msg: string, { loc, input }: At, ctx?: object): Problem {
  return { type, loc, msg, input, ...(ctx && { ctx }) };
}

export function wrong(type: string, msg: string, at: At, ctx?: object): Problems {
  return new Problems([problem(type, msg, at, ctx)]);
}

/** A member that has to be there. */
export function missing(loc: Location, body: unknown): Problem {
  return problem('missing', 'Field required', { loc, input: body });
}

/** What is wrong with a model that is no object; null counts as none. */
export function noObject(value: unknown, loc: Location): Problem {
  if (value === null) return missing(loc, null);
  const msg = 'Input should be a valid dictionary or object to extract fields from';
  return problem('model_attributes_type', msg, { loc, input: value });
}

export const text: Reader = (value, loc) =>
  typeof value === 'string'
    ? value
    : wrong('string_type', 'Input should be a valid string', { loc, input: value });

const BOOLEAN = 'Input should be a valid boolean';
const TRUE = new Set(['1', 'on', 't', 'true', 'y', 'yes']);
const FALSE = new Set(['0', 'off', 'f', 'false', 'n', 'no']);

export const flag: Reader = (value, loc) => {
  if (typeof value === 'boolean') return value;
  const at = { loc, input: value };
  if (typeof value !== 'string' && !Number.isInteger(value)) return wrong('bool_type', BOOLEAN, at);
  const word = String(value).toLowerCase();
  if (TRUE.has(word)) return true;
  if (FALSE.has(word)) return false;
  return wrong('bool_parsing', `${BOOLEAN}, unable to interpret input`, at);
};

const INTEGER = 'Input should be a valid integer';

export const integer =
  (min = -Infinity, max = Infinity): Reader =>
  (value, loc) => {
    const number = integerOf(value);
    if (number !== undefined && number >= min && number <= max) return number;
    const at = { loc, input: value };
    if (number !== undefined) return number < min ? tooSmall(min, at) : tooLarge(max, at);
    if (typeof value === 'number') {
      return wrong('int_from_float', `${INTEGER}, got a number with a fractional part`, at);
    }
    return typeof value === 'string'
      ? wrong('int_parsing', `${INTEGER}, unable to parse string as an integer`, at)
      : wrong('int_type', INTEGER, at);
  };

function integerOf(value: unknown): number | undefined {
  if (Number.isInteger(value)) return value as number;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return undefined;
  // Digits may be parted by underscores, and only zeros follow a point.
  const digits = /^\s*([+-]?\d+(?:_\d+)*)(?:\.0+)?\s*$/.exec(value)?.[1];
  return digits === undefined ? undefined : Number(digits.replaceAll('_', ''));
}

function tooSmall(min: number, at: At): Problems {
  const msg = `Input should be greater than or equal to ${min}`;
  return wrong('greater_than_equal', msg, at, { ge: min });
}

function tooLarge(max: number, at: At): Problems {
  return wrong('less_than_equal', `Input should be less than or equal to ${max}`, at, { le: max });
}

const NUMBER = 'Input should be a valid number';

export const float =
  (min = -Infinity): Reader =>
  (value, loc) => {
    const number = numberOf(value);
    if (number !== undefined && number >= min) return number;
    const at = { loc, input: value };
    if (number !== undefined) return tooSmall(min, at);
    return typeof value === 'string'
      ? wrong('float_parsing', `${NUMBER}, unable to parse string as a number`, at)
      : wrong('float_type', NUMBER, at);
  };

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isNaN(number) ? undefined : number;
}

export const nullable =
  (read: Reader): Reader =>
  (value, loc) =>
    value === null ? null : read(value, loc);

export const oneOf =
  (names: readonly string[]): Reader =>
  (value, loc) => {
    if (names.includes(value as string)) return value;
    const quoted = names.map((name) => `'${name}'`);
    const expected = alternatives(quoted);
    return wrong('enum', `Input should be ${expected}`, { loc, input: value }, { expected });
  };

/** The first of them that can read it; else all that is wrong with it for each. */
export const union =
  (...readers: readonly Reader[]): Reader =>
  (value, loc) => {
    const problems: Problem[] = [];
    for (const read of readers) {
      const found = read(value, loc);
      if (!(found instanceof Problems)) return found;
      problems.push(...found.list);
    }
    return new Problems(problems);
  };

/** What was read of several, or all that is wrong with them. */
export function gathered(found: readonly unknown[]): unknown {
  const problems = found.filter((it) => it instanceof Problems);
  return problems.length === 0 ? found : new Problems(problems.flatMap(({ list }) => list));
}

export const listOf =
  (read: Reader, max = Infinity): Reader =>
  (value, loc) => {
    if (!Array.isArray(value)) {
      return wrong('list_type', 'Input should be a valid list', { loc, input: value });
    }
    const items = gathered(value.map((item, index) => read(item, [...loc, index])));
    const isLong = value.length > max && !(items instanceof Problems);
    return isLong ? tooLong('List', max, { loc, input: value }) : items;
  };

function tooLong(kind: 'List' | 'Tuple', max: number, at: At): Problems {
  const { length } = at.input as unknown[];
  const msg = `${kind} should have at most ${max} items after validation, not ${length}`;
  return wrong('too_long', msg, at, { field_type: kind, max_length: max, actual_length: length });
}

/** Prompts are long, and nearly all of them are right. */
export const integers = (min = -Infinity): Reader => {
  const isRight = (item: unknown): boolean => Number.isInteger(item) && (item as number) >= min;
  const readItems = listOf(integer(min));
  return (value, loc) =>
    Array.isArray(value) && value.every(isRight) ? value : readItems(value, loc);
};

/** Two texts. */
export const pair: Reader = (value, loc) => {
  const at = { loc, input: value };
  if (!Array.isArray(value)) return wrong('tuple_type', 'Input should be a valid tuple', at);
  if (value.length > 2) return tooLong('Tuple', 2, at);
  const items = [0, 1].map((index) => {
    const place = [...loc, index];
    return index < value.length ? text(value[index], place) : new Problems([missing(place, value)]);
  });
  return gathered(items);
};

export const mapOf =
  (read: Reader): Reader =>
  (value, loc) => {
    if (!isRecord(value)) {
      return wrong('dict_type', 'Input should be a valid dictionary', { loc, input: value });
    }
    const names = Object.keys(value);
    const found = gathered(names.map((name) => read(value[name], [...loc, name])));
    return found instanceof Problems ? found : named(names, found);
  };

/** Values by their names. */
export function named(names: readonly string[], values: unknown): JsonRecord {
  const list = values as readonly unknown[];
  return Object.fromEntries(names.map((name, index) => [name, list[index]]));
}
