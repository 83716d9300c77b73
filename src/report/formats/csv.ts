import { printable } from '../../base/printable.ts';
import { type Report, SAMPLE_COLUMNS } from '../model.ts';
import { pieces } from '../pieces.ts';

/** The samples as CSV (RFC 4180); what is unknown is an empty field. */
export const renderCsv = ({ samples }: Report): Iterable<string> => pieces(rowsOf(samples));

function* rowsOf(samples: Report['samples']): Generator<string> {
  yield `${SAMPLE_COLUMNS.join(',')}\r\n`;
  for (const sample of samples) {
    yield `${SAMPLE_COLUMNS.map((name) => field(sample[name])).join(',')}\r\n`;
  }
}

function field(value: string | number | null): string {
  const text = typeof value === 'string' ? inert(value) : String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet runs a cell that begins like a formula, were it an engine's name. */
function inert(text: string): string {
  const cell = printable(text);
  return /^\s*[=+\-@＝＋－＠]/.test(cell) ? `'${cell}` : cell;
}
