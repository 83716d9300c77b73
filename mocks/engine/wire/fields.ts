import { validationError, type WireError } from './wire-error.ts';

export type FieldType = 'string' | 'boolean' | 'integer' | 'number' | 'object' | 'list';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Fields of a known type; null counts as absent. Fields not named are allowed and ignored, as in vLLM. */
export type FieldTable = readonly (readonly [field: string, type: FieldType])[];

const PROBLEMS: Readonly<Record<FieldType, string>> = {
  string: 'Input should be a valid string',
  boolean: 'Input should be a valid boolean',
  integer: 'Input should be a valid integer',
  number: 'Input should be a valid number',
  object: 'Input should be a valid dictionary',
  list: 'Input should be a valid list',
};

/** The first field of the wrong type, or undefined when all are right. */
export function checkFields(body: JsonObject, table: FieldTable): WireError | undefined {
  for (let index = 0; index < table.length; index++) {
    const [field, type] = table[index]!;
    const value = body[field];
    if (value !== undefined && value !== null && !hasType(value, type)) {
      return validationError(field, PROBLEMS[type]);
    }
  }
  return undefined;
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

function hasType(value: unknown, type: FieldType): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'object':
      return isObject(value);
    case 'list':
      return Array.isArray(value);
    case 'string':
    case 'boolean':
    case 'number':
      return typeof value === type;
  }
}
