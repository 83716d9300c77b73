import { printableJson } from '../../base/printable.ts';
import { judgedFacts } from '../judged.ts';
import type { Report } from '../model.ts';
import { pieces } from '../pieces.ts';

/** First line of the NDJSON form; the samples follow, one per line. */
const REPORT_SAMPLES_SCHEMA = 'kvcache.report-samples/v1';

/** The samples alone: a header line, then one JSON object per request. */
export const renderNdjson = (report: Report): Iterable<string> => pieces(linesOf(report));

function* linesOf(report: Report): Generator<string> {
  const { kind, version, outcome, isPartial, startedAt, seed, comparable, samples } = report;
  const facts = judgedFacts(report).map(({ name, text }) => [name, text] as const);
  const judged = facts.length === 0 ? {} : { judged: Object.fromEntries(facts) };
  const head = { kind, version, outcome, ...judged, isPartial, startedAt, seed, comparable };
  yield `${printableJson({ schema: REPORT_SAMPLES_SCHEMA, ...head })}\n`;
  for (const sample of samples) yield `${printableJson(sample)}\n`;
}
