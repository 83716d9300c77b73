import { alternatives } from '../../../src/base/alternatives.ts';
import { isRecord, type JsonRecord } from '../../../src/base/json.ts';
import {
  gathered,
  type Location,
  type Reading,
  readField,
  type RequestField,
  wrong,
} from '../wire/pydantic.ts';

/** Reads one value as pydantic does, or lists all that is wrong with it. */
export type Reader = (value: unknown, loc: Location) => Reading;

/** A field of a model; without a default it must be there. */
export interface ModelField {
  read: Reader;
  default?: unknown;
}

export const field =
  (description: RequestField): Reader =>
  (value, loc) =>
    readField(value, description, loc);

/** Blanks at both ends do not count. */
export const trimmedText =
  (minLength: number): Reader =>
  (value, loc) => {
    const text = typeof value === 'string' ? value.trim() : value;
    if (typeof text !== 'string' || text.length >= minLength) {
      return readField(text, { kind: 'string' }, loc);
    }
    const msg = `String should have at least ${minLength} character`;
    return wrong('string_too_short', msg, { loc, input: value }, { min_length: minLength });
  };

export const integer =
  (min = -Infinity, max = Infinity): Reader =>
  (value, loc) => {
    const reading = readField(value, { kind: 'integer', min }, loc);
    if ('problems' in reading || (reading.value as number) <= max) return reading;
    const msg = `Input should be less than or equal to ${max}`;
    return wrong('less_than_equal', msg, { loc, input: value }, { le: max });
  };

export const float =
  (min = -Infinity): Reader =>
  (value, loc) => {
    const at = { loc, input: value };
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || Number.isNaN(number)) {
      return typeof value === 'string'
        ? wrong(
            'float_parsing',
            'Input should be a valid number, unable to parse string as a number',
            at,
          )
        : wrong('float_type', 'Input should be a valid number', at);
    }
    if (number >= min) return { value: number };
    const msg = `Input should be greater than or equal to ${min}`;
    return wrong('greater_than_equal', msg, at, { ge: min });
  };

export const nullable =
  (read: Reader): Reader =>
  (value, loc) =>
    value === null ? { value } : read(value, loc);

export const oneOf =
  (names: readonly string[]): Reader =>
  (value, loc) => {
    if (names.includes(value as string)) return { value };
    const quoted = names.map((name) => `'${name}'`);
    const expected = alternatives(quoted);
    return wrong('enum', `Input should be ${expected}`, { loc, input: value }, { expected });
  };

export const flag = field({ kind: 'boolean' });

export const listOf =
  (read: Reader): Reader =>
  (value, loc) => {
    if (!Array.isArray(value)) {
      return wrong('list_type', 'Input should be a valid list', { loc, input: value });
    }
    return gathered(value.map((item, index) => read(item, [...loc, index])));
  };

export const textMap: Reader = (value, loc) => {
  if (!isRecord(value)) {
    return wrong('dict_type', 'Input should be a valid dictionary', { loc, input: value });
  }
  const names = Object.keys(value);
  const reading = gathered(
    names.map((name) => readField(value[name], { kind: 'string' }, [...loc, name])),
  );
  if ('problems' in reading) return reading;
  const texts = reading.value as string[];
  return { value: Object.fromEntries(names.map((name, index) => [name, texts[index]])) };
};

/** A dataclass in a body; `className` is what its complaint calls it. */
export const dataclass =
  (className: string, fields: Readonly<Record<string, ModelField>>): Reader =>
  (value, loc) => {
    if (isRecord(value)) return readModel(value, fields, loc);
    const msg = `Input should be a dictionary or an instance of ${className}`;
    return wrong('dataclass_type', msg, { loc, input: value }, { class_name: className });
  };

/** Unknown members are ignored, missing ones filled in. */
export function readModel(
  body: JsonRecord,
  fields: Readonly<Record<string, ModelField>>,
  loc: Location,
): Reading {
  const names = Object.keys(fields);
  const reading = gathered(
    names.map((name) => {
      const { read, default: fallback } = fields[name]!;
      const at = [...loc, name];
      if (body[name] !== undefined) return read(body[name], at);
      if (fallback !== undefined) return { value: fallback };
      return wrong('missing', 'Field required', { loc: at, input: body });
    }),
  );
  if ('problems' in reading) return reading;
  const values = reading.value as unknown[];
  return { value: Object.fromEntries(names.map((name, index) => [name, values[index]])) };
}

/** A validator that runs once everything inside is right; its complaint is a text or none. */
export const checked =
  (read: Reader, problemOf: (value: never) => string | undefined): Reader =>
  (value, loc) => {
    const reading = read(value, loc);
    const problem = 'problems' in reading ? undefined : problemOf(reading.value as never);
    if (problem === undefined) return reading;
    return wrong('value_error', `Value error, ${problem}`, { loc, input: value }, { error: {} });
  };
