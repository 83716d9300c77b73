import { judgedFacts } from './judged.ts';
import type { Report, ReportSample } from './model.ts';

/** First line of the NDJSON form; the samples follow, one per line. */
export const REPORT_SAMPLES_SCHEMA = 'kvcache.report-samples/v1';

/** One JSON document. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report)}\n`;
}

/** The samples alone: a header line, then one JSON object per request. */
export function renderNdjson(report: Report): string {
  const { kind, version, outcome, isPartial, startedAt, seed, comparable, samples } = report;
  const facts = judgedFacts(report).map(({ name, text }) => [name, text] as const);
  const judged = facts.length === 0 ? {} : { judged: Object.fromEntries(facts) };
  const head = { kind, version, outcome, ...judged, isPartial, startedAt, seed, comparable };
  return [{ schema: REPORT_SAMPLES_SCHEMA, ...head }, ...samples]
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');
}

const COLUMNS = [
  'id',
  'arm',
  'block',
  'startMs',
  'ttftMs',
  'latencyMs',
  'servedBy',
  'holder',
  'promptTokens',
  'outputTokens',
  'reusableTokens',
  'predictedTokens',
  'cachedTokens',
  'failure',
] as const satisfies readonly (keyof ReportSample)[];

/** The samples as CSV (RFC 4180); what is unknown is an empty field. */
export function renderCsv({ samples }: Report): string {
  const rows = samples.map((sample) => COLUMNS.map((name) => field(sample[name])).join(','));
  return [COLUMNS.join(','), ...rows].map((row) => `${row}\r\n`).join('');
}

function field(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
