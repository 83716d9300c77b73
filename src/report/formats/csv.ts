import { printable } from '../../base/printable.ts';
import { type Report, SAMPLE_COLUMNS } from '../model.ts';

/** The samples as CSV (RFC 4180); what is unknown is an empty field. */
export function renderCsv({ samples }: Report): string {
  const rows = samples.map((sample) => SAMPLE_COLUMNS.map((name) => field(sample[name])).join(','));
  return [SAMPLE_COLUMNS.join(','), ...rows].map((row) => `${row}\r\n`).join('');
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
