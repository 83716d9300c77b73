import { gatewaySchema } from '../../src/config/gateway-schema.ts';
import type { ScalarSchema, Schema } from '../../src/schema/describe.ts';
import type { KeyStatus } from '../../src/config/pixiu-marks.ts';

/** One row of the key table in `docs/config.md`. */
export interface KeyRow {
  /** `static_resources.clusters[].name`. */
  path: string;
  type: string;
  default: string;
  doc: string;
}

/** Every key of a gateway config, in file order. */
export function keyRows(): KeyRow[] {
  return rowsOf(gatewaySchema, '');
}

/** The key table as Markdown, one part per branch of the file. */
export function keyTable(): string {
  const parts = new Map<string, KeyRow[]>();
  for (const row of keyRows()) {
    const part = partOf(row.path);
    parts.set(part, [...(parts.get(part) ?? []), row]);
  }
  return [...parts].map(([part, rows]) => partTable(part, rows)).join('\n');
}

/** Long prefixes are said once, in the heading. */
const PARTS = [
  ['http_filters[].config(dgp.filter.ai.kvcache).', '`config` of dgp.filter.ai.kvcache'],
  ['http_filters[].config(dgp.filter.llm.tokenizer).', '`config` of dgp.filter.llm.tokenizer'],
  ['http_filters[].config(dgp.filter.llm.proxy).', '`config` of dgp.filter.llm.proxy'],
  [
    'filters[].config(dgp.filter.httpconnectionmanager).',
    '`config` of dgp.filter.httpconnectionmanager',
  ],
  ['static_resources.listeners[].', 'static_resources.listeners[]'],
  ['static_resources.clusters[].endpoints[].', 'static_resources.clusters[].endpoints[]'],
  ['static_resources.clusters[].', 'static_resources.clusters[]'],
  ['x-kvcache.', 'x-kvcache'],
] as const;

function partOf(path: string): string {
  return PARTS.find(([prefix]) => path.includes(prefix))?.[1] ?? 'Top level';
}

function partTable(part: string, rows: readonly KeyRow[]): string {
  const prefix = PARTS.find(([, title]) => title === part)?.[0];
  const lines = rows.map(({ path, type, default: shown, doc }) => {
    const key = prefix === undefined ? path : path.slice(path.indexOf(prefix) + prefix.length);
    return `| \`${key}\` | ${type} | ${shown === '' ? '' : `\`${shown}\``} | ${doc} |`;
  });
  return [`### ${part}`, '', '| key | type | default | meaning |', '| --- | --- | --- | --- |']
    .concat(lines, '')
    .join('\n');
}

function rowsOf(schema: Schema<unknown>, path: string): KeyRow[] {
  switch (schema.kind) {
    case 'object':
      return Object.entries(schema.fields).flatMap(([key, field]) => {
        const fieldPath = path === '' ? key : `${path}.${key}`;
        const below = field.status?.kind === 'misplaced' ? [] : rowsOf(field, fieldPath);
        return below.length > 0 ? below : [rowOf(field, fieldPath)];
      });
    case 'list':
      return rowsOf(schema.item, `${path}[]`);
    case 'variant':
      return Object.entries(schema.variants).flatMap(([name, body]) =>
        rowsOf(body, `${path}.config(${name})`),
      );
    case 'scalar':
    case 'map':
    case 'any':
      return [];
  }
}

const STATUS_TEXT: Record<Exclude<KeyStatus['kind'], 'own'>, string> = {
  inert: 'No effect',
  ignored: 'Warning',
  unsupported: 'Error',
  misplaced: 'Warning, but honoured',
};

function docOf({ doc, status }: Schema<unknown>): string {
  if (status === undefined) return doc;
  return status.kind === 'own'
    ? `${doc} Not in Pixiu: ${status.why}.`
    : `${STATUS_TEXT[status.kind]}: ${status.why}.`;
}

function rowOf(schema: Schema<unknown>, path: string): KeyRow {
  const doc = docOf(schema);
  switch (schema.kind) {
    case 'scalar':
      return { path, type: scalarType(schema), default: schema.shown, doc };
    case 'list':
      return { path: `${path}[]`, type: 'list of text', default: '', doc };
    case 'map':
      return { path, type: 'text to text', default: '', doc };
    case 'object':
    case 'variant':
    case 'any':
      return { path, type: 'map', default: '', doc };
  }
}

function scalarType({ type, oneOf, min, max }: ScalarSchema<unknown>): string {
  if (oneOf) return oneOf.map((value) => `\`${value}\``).join(' ');
  if (type !== 'integer' && type !== 'number') return type;
  if (max === undefined) return min ? `${type} ≥ ${min}` : type;
  return `${type} ${min ?? ''}–${max}`;
}
