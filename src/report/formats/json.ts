import { printableJson } from '../../base/printable.ts';
import type { Report } from '../model.ts';
import { pieces } from '../pieces.ts';

/** One JSON document. */
export const renderJson = (report: Report): Iterable<string> => pieces(parts(report));

function* parts(report: Report): Generator<string> {
  let before = '{';
  for (const [name, value] of Object.entries(report)) {
    yield `${before}${JSON.stringify(name)}:`;
    before = ',';
    if (name === 'samples') yield* list(report.samples);
    else yield printableJson(value);
  }
  yield '}\n';
}

function* list(rows: readonly unknown[]): Generator<string> {
  let before = '[';
  for (const row of rows) {
    yield before + printableJson(row);
    before = ',';
  }
  yield rows.length === 0 ? '[]' : ']';
}
