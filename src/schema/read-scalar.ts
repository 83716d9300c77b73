import { parseDuration } from '../base/duration.ts';
import { parseHost } from '../base/origin.ts';
import type { ScalarSchema } from './describe.ts';
import { plainOf, type ScalarNode } from './node.ts';

/** How a scalar is wrong. */
export type ScalarProblem =
  | 'wrong-type'
  | 'not-a-choice'
  | 'no-address'
  | 'out-of-range'
  | 'bad-duration';

type Taken = { value: unknown } | ScalarProblem;

/** Booleans of YAML 1.1, which Go's yaml.v2 reads. */
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  y: true,
  false: false,
  no: false,
  off: false,
  n: false,
};

/**
 * The scalar's value, or how it is wrong.
 * @param isLoose any scalar is taken as text, as boot files and flags have it
 */
export function takeScalar(
  schema: ScalarSchema<unknown>,
  node: ScalarNode,
  isLoose: boolean,
): Taken {
  switch (schema.type) {
    case 'text':
      return takeText(schema, node, isLoose);
    case 'boolean':
      return takeBoolean(node, isLoose);
    case 'integer':
    case 'number':
      return takeNumber(schema, node);
    case 'share':
      return takeShare(schema, node);
    case 'duration':
      return takeDuration(schema, node);
  }
}

function takeText(schema: ScalarSchema<unknown>, node: ScalarNode, isLoose: boolean): Taken {
  const text = schema.isTrimmed ? node.text.trim() : node.text;
  if (isLoose && text === '') return { value: schema.fallback };
  if (!isLoose && !isText(schema, node)) return 'wrong-type';
  if (schema.oneOf) return schema.oneOf.includes(text) ? { value: text } : 'not-a-choice';
  if (!schema.isHost) return { value: text };
  const host = parseHost(text);
  return host === undefined ? 'no-address' : { value: host };
}

function isText({ mayBeEmpty }: ScalarSchema<unknown>, node: ScalarNode): boolean {
  return typeof plainOf(node) === 'string' && (mayBeEmpty === true || node.text.trim() !== '');
}

function takeBoolean(node: ScalarNode, isLoose: boolean): Taken {
  const value = isLoose && !node.isQuoted ? BOOLEANS[node.text.toLowerCase()] : plainOf(node);
  return typeof value === 'boolean' ? { value } : 'wrong-type';
}

function takeNumber(schema: ScalarSchema<unknown>, node: ScalarNode): Taken {
  const isNumberText = node.text.trim() !== '' && (!node.isQuoted || schema.lenient === true);
  const value = isNumberText ? numberOf(node.text) : Number.NaN;
  const isNumber = Number.isFinite(value) || (schema.mayBeInfinite && value === Infinity);
  if (!isNumber) return 'wrong-type';
  if (schema.type === 'integer' && !Number.isSafeInteger(value)) return 'wrong-type';
  return inRange(schema, value);
}

function numberOf(text: string): number {
  return /^\.inf$/i.test(text) ? Infinity : Number(text.replaceAll('_', ''));
}

function takeShare(schema: ScalarSchema<unknown>, { text, isQuoted }: ScalarNode): Taken {
  const isPercent = text.endsWith('%');
  const number = isPercent ? text.slice(0, -1) : text;
  if (number.trim() === '' || (isQuoted && !isPercent)) return 'wrong-type';
  const value = Number(number) / (isPercent ? 100 : 1);
  return Number.isNaN(value) ? 'wrong-type' : inRange(schema, value);
}

function takeDuration(schema: ScalarSchema<unknown>, node: ScalarNode): Taken {
  const ms = parseDuration(node.text);
  return ms === undefined ? 'bad-duration' : inRange(schema, ms);
}

/** Durations are held against the range in ms. */
function inRange(
  { min = -Infinity, max = Infinity, above = -Infinity }: ScalarSchema<unknown>,
  value: number,
): Taken {
  return value >= min && value <= max && value > above ? { value } : 'out-of-range';
}
