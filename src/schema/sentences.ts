import type { ScalarSchema } from './describe.ts';
import { nearest } from './nearest.ts';
import { plainOf, type SourceNode } from './node.ts';

/** `must be one of a, b, not "c". Did you mean b?` */
export function mustBeScalar(schema: ScalarSchema<unknown>, node: SourceNode): string {
  const close = schema.oneOf && node.kind === 'scalar' ? guess(node.text, schema.oneOf) : '';
  return `must be ${expectedScalar(schema)}${insteadOf(node, schema.secret)}.${close}`;
}

/** What may stand there; completes "… must be". */
export function expectedScalar(schema: ScalarSchema<unknown>): string {
  switch (schema.type) {
    case 'text':
      if (schema.oneOf) return `one of ${schema.oneOf.join(', ')}`;
      return schema.isHost ? 'a host name or IP address' : 'text that is not empty';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'share':
      if (schema.above === 0) return 'a share above 0 and up to 1, or 100%';
      return 'a share from 0 to 1, or 0% to 100%';
    case 'duration':
      return `a duration with its unit${schema.above === 0 ? ' and above 0' : ''}, such as 300ms or 2s`;
  }
}

function range({ min, max, above }: ScalarSchema<unknown>): string {
  if (above !== undefined) return ` above ${above}`;
  if (min === undefined) return max === undefined ? '' : ` of at most ${max}`;
  return max === undefined ? ` of at least ${min}` : ` from ${min} to ${max}`;
}

const SHOWN_MAX = 60;

/** What stands there instead: `, not 3`. Nothing where it may be a secret. */
export function insteadOf(node: SourceNode, isSecret = false): string {
  if (node.kind !== 'scalar') return `, not a ${node.kind}`;
  // What looks like a URL may carry a password.
  if (isSecret || node.text.includes('@')) return '';
  const plain = plainOf(node);
  if (typeof plain !== 'string') return `, not ${node.isNull ? 'null' : node.text}`;
  return `, not ${isNumberText(plain) ? 'the text ' : ''}${quoted(plain)}`;
}

/** In quotes, cut to a length a message can bear. */
export function quoted(text: string): string {
  const shown = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
  return `"${shown.replaceAll(/\p{Cc}/gu, '\uFFFD')}"`;
}

function isNumberText(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

/** ` Did you mean engines?`, or empty. */
export function guess(word: string, known: readonly string[]): string {
  const close = word.length < 3 ? undefined : nearest(word, known);
  return close === undefined ? '' : ` Did you mean ${close}?`;
}
