import { protocolError } from './errors.ts';

/**
 * Prometheus text exposition format 0.0.4, both ways.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

export interface MetricSample {
  /** Full name: a histogram's samples end in `_bucket`, `_sum`, `_count`. */
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

export interface MetricFamily {
  name: string;
  help: string;
  type: MetricType;
  samples: MetricSample[];
}

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Families as text, in the order given. */
export function formatMetrics(families: readonly MetricFamily[]): string {
  const lines: string[] = [];
  for (const family of families) {
    lines.push(`# HELP ${family.name} ${escapeHelp(family.help)}`);
    lines.push(`# TYPE ${family.name} ${family.type}`);
    for (const sample of family.samples) {
      lines.push(`${sample.name}${formatLabels(sample.labels)} ${formatValue(sample.value)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function formatValue(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

const SAMPLE =
  /^(?:([a-zA-Z_:][\w:]*)(?=[ \t{])[ \t]*)?(?:\{(.*)\})?[ \t]*(\S+)(?:[ \t]+-?[\d.]+)?$/;
/** A label, or since Prometheus 3 the quoted name of the metric itself, which has no value. */
const LABEL =
  /[ \t]*(?:([a-zA-Z_]\w*)|"((?:[^"\\]|\\.)*)")[ \t]*(?:=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*)?(?:,|$)/y;

/** A line in no known form. */
export interface UnreadLine {
  /** From 1. */
  number: number;
  text: string;
}

export interface Exposition {
  families: MetricFamily[];
  /** Left out; the first few of them. */
  unread: readonly UnreadLine[];
  unreadCount: number;
}

const UNREAD_KEPT = 3;

/**
 * Reads an exposition; timestamps and exemplars are dropped, samples without a `TYPE` are untyped.
 * A line in no known form (a native histogram, another exporter's mistake) is left out and told.
 * @throws KvcacheError METRICS_UNREADABLE (kind target) naming the first line, when no line is readable
 */
export function readExposition(text: string): Exposition {
  const families = new Map<string, MetricFamily>();
  const familyNamed = (name: string): MetricFamily => {
    let family = families.get(name);
    if (!family) families.set(name, (family = { name, help: '', type: 'untyped', samples: [] }));
    return family;
  };
  const unread: UnreadLine[] = [];
  let [unreadCount, isRead] = [0, false];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '') continue;
    if (line.startsWith('#')) {
      readComment(line, familyNamed);
      continue;
    }
    const sample = parseSample(line);
    isRead ||= sample !== undefined;
    if (sample) familyNamed(familyNameOf(sample.name, families)).samples.push(sample);
    else if (unreadCount++ < UNREAD_KEPT) unread.push({ number: index + 1, text: line });
  }
  if (unread[0] && !isRead) throw unreadable(unread[0]);
  return { families: [...families.values()], unread, unreadCount };
}

/** The families of an exposition, as `readExposition` finds them. */
export function parseMetrics(text: string): MetricFamily[] {
  return readExposition(text).families;
}

const COMMENT = /^#[ \t]+(HELP|TYPE)[ \t]+(?:"((?:[^"\\]|\\.)*)"|(\S+))(?:[ \t]+(.*))?$/;

function readComment(line: string, familyNamed: (name: string) => MetricFamily): void {
  const [match, keyword, quoted, plain, rest = ''] = COMMENT.exec(line) ?? [];
  if (match === undefined) return;
  const family = familyNamed(plain ?? unescapeText(quoted!));
  if (keyword === 'HELP') family.help = unescapeText(rest);
  else family.type = (rest === 'unknown' ? 'untyped' : rest) as MetricType;
}

function parseSample(line: string): MetricSample | undefined {
  const exemplar = line.lastIndexOf(' # {');
  const match = SAMPLE.exec(exemplar === -1 ? line : line.slice(0, exemplar));
  if (!match) return undefined;
  const braces = parseLabels(match[2] ?? '');
  const value = parseValue(match[3]!);
  const name = match[1] ?? braces?.name;
  if (!braces || value === undefined || name === undefined) return undefined;
  return { name, labels: braces.labels, value };
}

function parseLabels(
  text: string,
): { labels: Record<string, string>; name: string | undefined } | undefined {
  const labels: Record<string, string> = {};
  let name: string | undefined;
  LABEL.lastIndex = 0;
  let end = 0;
  while (end < text.length) {
    const [match, plain, quoted, value] = LABEL.exec(text) ?? [];
    if (match === undefined) return undefined;
    const key = plain ?? unescapeText(quoted!);
    if (value !== undefined) labels[key] = unescapeText(value);
    else if (plain === undefined) name = key;
    else return undefined;
    end = LABEL.lastIndex;
  }
  return { labels, name };
}

function parseValue(text: string): number | undefined {
  const special = /^([+-]?)(?:Inf|inf)$/.exec(text);
  if (special) return special[1] === '-' ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function unescapeText(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

/** Histogram and summary samples belong to the family without their suffix, counters of OpenMetrics likewise. */
function familyNameOf(name: string, families: ReadonlyMap<string, MetricFamily>): string {
  if (families.has(name)) return name;
  const base = name.replace(/_(?:bucket|sum|count|total|created)$/, '');
  return families.has(base) ? base : name;
}

function unreadable({ number, text }: UnreadLine) {
  const message = `Line ${number} is not in the Prometheus text format.`;
  return protocolError('METRICS_UNREADABLE', { message, details: [text.slice(0, 200)] });
}
