import { type FieldProblem, invalid, type WireError } from './wire-error.ts';

/** A trailing `?` also takes null. */
export type FieldType =
  | `${'string' | 'boolean' | 'integer' | 'number' | 'integers' | 'list'}${'' | '?'}`
  | 'object?';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads what has no simple type. */
export type FieldReader = (value: unknown, loc: FieldProblem['loc']) => Reading;

/** Fields in the order of vLLM's model. Fields not named are allowed and ignored, as in vLLM. */
export type FieldTable = readonly (readonly [
  field: string,
  type: FieldType | FieldReader,
  min?: number,
])[];

/**
 * The body as pydantic reads it, which takes `"3"` for 3 and `"yes"` for true; null counts as
 * absent. Or all that is wrong with it.
 */
export function readFields(
  body: JsonObject,
  table: FieldTable,
): { body: JsonObject } | { wrong: WireError } {
  let read: Record<string, unknown> | undefined;
  let problems: FieldProblem[] | undefined;
  for (let index = 0; index < table.length; index++) {
    const [field, type, min] = table[index]!;
    const value = body[field];
    if (value === undefined) continue;
    const isSimple = typeof type === 'string';
    if (isSimple && isExact(value, type, min)) continue;
    const reading = isSimple ? readField(value, type, [field], min) : type(value, [field]);
    if ('problems' in reading) (problems ??= []).push(...reading.problems);
    else if (reading.value !== value) (read ??= { ...body })[field] = reading.value;
  }
  return problems ? { wrong: invalid(problems) } : { body: read ?? body };
}

/** What a field holds, or all that is wrong with it. */
export type Reading = { value: unknown } | { problems: FieldProblem[] };

const isText = (value: unknown): boolean => typeof value === 'string';
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isNothing = (): boolean => false;

/** What needs no reading, as nearly all fields of nearly all bodies. */
const EXACT: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  string: isText,
  'string?': isText,
  boolean: isBoolean,
  'boolean?': isBoolean,
  integer: Number.isInteger,
  'integer?': Number.isInteger,
  number: isNumber,
  'number?': isNumber,
  list: Array.isArray,
  'list?': Array.isArray,
  integers: isNothing,
  'integers?': isNothing,
  'object?': isObject,
};

function isExact(value: unknown, type: FieldType, min: number | undefined): boolean {
  return EXACT[type](value) && (min === undefined || (value as number) >= min);
}

/** One field of a simple type. */
export function readField(
  value: unknown,
  type: FieldType,
  ...[loc, min]: [loc: FieldProblem['loc'], min?: number | undefined]
): Reading {
  if (value === null && type.endsWith('?')) return { value: undefined };
  return READERS[type]({ loc, input: value }, min);
}

type SimpleReader = (at: At, min: number | undefined) => Reading;

const readText: SimpleReader = (at) =>
  isText(at.input) ? { value: at.input } : wrong('string_type', VALID.string, at);
const readList: SimpleReader = (at) =>
  Array.isArray(at.input) ? { value: at.input } : wrong('list_type', VALID.list, at);
const readObject: SimpleReader = (at) =>
  isObject(at.input) ? { value: at.input } : wrong('model_attributes_type', NO_OBJECT, at);

const VALID = {
  string: 'Input should be a valid string',
  boolean: 'Input should be a valid boolean',
  integer: 'Input should be a valid integer',
  number: 'Input should be a valid number',
  list: 'Input should be a valid list',
} as const;

const NO_OBJECT = 'Input should be a valid dictionary or object to extract fields from';

type At = Pick<FieldProblem, 'loc' | 'input'>;

const TRUE = new Set(['1', 'on', 't', 'true', 'y', 'yes']);
const FALSE = new Set(['0', 'off', 'f', 'false', 'n', 'no']);

function readBoolean(at: At): Reading {
  const { input: value } = at;
  if (typeof value === 'boolean') return { value };
  if (typeof value !== 'string' && typeof value !== 'number') {
    return wrong('bool_type', VALID.boolean, at);
  }
  const word = String(value).toLowerCase();
  if (TRUE.has(word)) return { value: true };
  if (FALSE.has(word)) return { value: false };
  return wrong('bool_parsing', `${VALID.boolean}, unable to interpret input`, at);
}

function readInteger(at: At, min = -Infinity): Reading {
  const { input: value } = at;
  const number = typeof value === 'number' ? value : integerOf(value);
  if (number === undefined) {
    return typeof value === 'string'
      ? wrong('int_parsing', `${VALID.integer}, unable to parse string as an integer`, at)
      : wrong('int_type', VALID.integer, at);
  }
  if (!Number.isInteger(number)) {
    return wrong('int_from_float', `${VALID.integer}, got a number with a fractional part`, at);
  }
  if (number >= min) return { value: number };
  const msg = `Input should be greater than or equal to ${min}`;
  return wrong('greater_than_equal', msg, at, { ge: min });
}

function integerOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  const isInteger = typeof value === 'string' && /^\s*[+-]?\d+(?:\.0*)?\s*$/.test(value);
  return isInteger ? Number(value) : undefined;
}

function readNumber(at: At): Reading {
  const { input: value } = at;
  if (typeof value === 'number') return { value };
  if (typeof value === 'boolean') return { value: Number(value) };
  if (typeof value !== 'string') return wrong('float_type', VALID.number, at);
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return Number.isFinite(number)
    ? { value: number }
    : wrong('float_parsing', `${VALID.number}, unable to parse string as a number`, at);
}

function readIntegers({ loc, input }: At, min: number | undefined): Reading {
  const isWhole = Array.isArray(input) && input.every((item) => isExact(item, 'integer', min));
  if (isWhole) return { value: input };
  return readItems(input, loc, (item, at) => readInteger({ loc: at, input: item }, min));
}

const READERS: Readonly<Record<FieldType, SimpleReader>> = {
  string: readText,
  'string?': readText,
  boolean: readBoolean,
  'boolean?': readBoolean,
  integer: readInteger,
  'integer?': readInteger,
  number: readNumber,
  'number?': readNumber,
  list: readList,
  'list?': readList,
  integers: readIntegers,
  'integers?': readIntegers,
  'object?': readObject,
};

/** A list whose items are read one by one. */
export function readItems(
  value: unknown,
  ...[loc, read]: [loc: FieldProblem['loc'], read: FieldReader]
): Reading {
  if (!Array.isArray(value)) return wrong('list_type', VALID.list, { loc, input: value });
  return gathered(value.map((item, index) => read(item, [...loc, index])));
}

function gathered(readings: readonly Reading[]): Reading {
  const problems = readings.flatMap((it) => ('problems' in it ? it.problems : []));
  if (problems.length > 0) return { problems };
  return { value: readings.map((it) => ('value' in it ? it.value : undefined)) };
}

function wrong(type: string, msg: string, ...[at, ctx]: [at: At, ctx?: object]): Reading {
  return { problems: [fieldProblem(type, msg, at, ctx)] };
}

/** An entry of pydantic's list. */
export function fieldProblem(
  type: string,
  msg: string,
  ...[{ loc, input }, ctx]: [at: At, ctx?: object]
): FieldProblem {
  return { type, loc, msg, input, ...(ctx && { ctx }) };
}

/** A field that has to be there. */
export function missing(loc: FieldProblem['loc'], body: unknown): FieldProblem {
  return fieldProblem('missing', 'Field required', { loc, input: body });
}

/** What is wrong with a body that is no object; null counts as none. */
export function noObject(body: unknown): FieldProblem {
  return body === null
    ? missing([], null)
    : fieldProblem('model_attributes_type', NO_OBJECT, { loc: [], input: body });
}

/** The same of a body that must have one of the fields, which is missed at its place among the others. */
export function readRequired(
  body: JsonObject,
  table: FieldTable,
  needed: string,
): ReturnType<typeof readFields> {
  if (body[needed] !== undefined) return readFields(body, table);
  const lack: FieldReader = () => ({ problems: [missing([needed], body)] });
  // Any value makes the reader speak up.
  return readFields(
    { ...body, [needed]: null },
    table.map((entry) => (entry[0] === needed ? ([needed, lack] as const) : entry)),
  );
}

/** A number, or undefined for anything else. */
export function numberAt(body: JsonObject, field: string): number | undefined {
  const value = body[field];
  return typeof value === 'number' ? value : undefined;
}

/** A string, or undefined for anything else. */
export function stringAt(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  return typeof value === 'string' ? value : undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
