import { printableJson } from '../../base/printable.ts';
import { judgedFacts } from '../judged.ts';
import type { Report } from '../model.ts';

/** First line of the NDJSON form; the samples follow, one per line. */
const REPORT_SAMPLES_SCHEMA = 'kvcache.report-samples/v1';

/** The samples alone: a header line, then one JSON object per request. */
export function renderNdjson(report: Report): string {
  const { kind, version, outcome, isPartial, startedAt, seed, comparable, samples } = report;
  const facts = judgedFacts(report).map(({ name, text }) => [name, text] as const);
  const judged = facts.length === 0 ? {} : { judged: Object.fromEntries(facts) };
  const head = { kind, version, outcome, ...judged, isPartial, startedAt, seed, comparable };
  return [{ schema: REPORT_SAMPLES_SCHEMA, ...head }, ...samples]
    .map((row) => `${printableJson(row)}\n`)
    .join('');
}
