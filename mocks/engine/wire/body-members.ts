import type { JsonRecord } from '../../../src/base/json.ts';

/** A number, or undefined for anything else. */
export function numberAt(body: JsonRecord, field: string): number | undefined {
  const value = body[field];
  return typeof value === 'number' ? value : undefined;
}

/** A string, or undefined for anything else. */
export function stringAt(body: JsonRecord, field: string): string | undefined {
  const value = body[field];
  return typeof value === 'string' ? value : undefined;
}
