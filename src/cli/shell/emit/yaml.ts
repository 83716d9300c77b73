import { yamlQuoted } from './emission.ts';

export type Plain =
  | string
  | number
  | boolean
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** Plain data as block YAML: every text in double quotes, so that none is taken for anything else. */
export function yamlOf(value: Plain, indent = ''): string {
  if (typeof value === 'string') return ` ${yamlQuoted(value)}\n`;
  if (typeof value !== 'object') return ` ${value}\n`;
  if (Array.isArray(value)) return sequence(value as readonly Plain[], indent);
  const entries = Object.entries(value);
  if (entries.length === 0) return ' {}\n';
  return `\n${entries.map(([key, it]) => `${indent}${keyOf(key)}:${yamlOf(it, `${indent}  `)}`).join('')}`;
}

function sequence(items: readonly Plain[], indent: string): string {
  if (items.length === 0) return ' []\n';
  return `\n${items.map((it) => `${indent}-${itemOf(it, indent)}`).join('')}`;
}

/** A map's first key stands behind the dash. */
function itemOf(item: Plain, indent: string): string {
  const text = yamlOf(item, `${indent}  `);
  return text.startsWith('\n') ? ` ${text.slice(1).trimStart()}` : text;
}

/** YAML 1.1 takes them for something else than names. */
const TAKEN = /^(y|n|yes|no|on|off|true|false|null)$/i;

function keyOf(key: string): string {
  return /^[A-Za-z][\w./-]*$/.test(key) && !TAKEN.test(key) ? key : yamlQuoted(key);
}
