import { type Report, type ReportSample, SAMPLE_COLUMNS } from '../model.ts';
import { type Content, markup, type Markup, scriptJson } from './markup.ts';

/** Clocks tell no more than this; the rest of a float would only take room. */
const TIME_DIGITS = 3;

/** Columns with few distinct values: their cells are indexes into a list of them. */
const CODED: readonly (keyof ReportSample)[] = ['arm', 'servedBy', 'holder', 'failure'];

/** The samples by column: the same cells in a fifth of the room. */
interface SampleColumns {
  columns: readonly string[];
  /** Column name → its distinct values; a cell of such a column is an index into them. */
  codes: Record<string, (string | number | null)[]>;
  rows: (string | number | null)[][];
}

/**
 * The whole report as JSON inside the page, in an element that no browser runs or shows. Equal to the
 * JSON report but for `samples`, which stand by column with times rounded to a microsecond.
 */
export function dataBlock(report: Report): Markup {
  const { samples, ...rest } = report;
  return markup`<script type="application/json" id="report-data">
    ${scriptJson({ ...rest, samples: sampleColumns(samples) })}
  </script>`;
}

function sampleColumns(samples: readonly ReportSample[]): SampleColumns {
  const indexes = new Map(CODED.map((name) => [name, new Map<string | number | null, number>()]));
  const rows = samples.map((sample) =>
    SAMPLE_COLUMNS.map((name) => {
      const cell = sample[name];
      const known = indexes.get(name);
      if (!known) return typeof cell === 'number' ? Number(cell.toFixed(TIME_DIGITS)) : cell;
      const index = known.get(cell) ?? known.size;
      known.set(cell, index);
      return index;
    }),
  );
  const codes = Object.fromEntries([...indexes].map(([name, known]) => [name, [...known.keys()]]));
  return { columns: SAMPLE_COLUMNS, codes, rows };
}

/** What saves the embedded data as files; the page works without it. */
export const SAVE_SCRIPT = `
'use strict';
const report = () => {
  const found = JSON.parse(document.getElementById('report-data').textContent);
  const { columns, codes, rows } = found.samples;
  const cell = (value, at) => (Object.hasOwn(codes, columns[at]) ? codes[columns[at]][value] : value);
  found.samples = rows.map((row) => Object.fromEntries(row.map((it, at) => [columns[at], cell(it, at)])));
  return found;
};
const quote = (value) => {
  const text = value === null ? '' : String(value);
  const safe = typeof value === 'string' && /^[=+@\\t\\r-]/.test(text) ? "'" + text : text;
  return /[",\\n\\r]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
};
const csv = ({ samples }) => samples.length === 0 ? '' : [Object.keys(samples[0]), ...samples.map(Object.values)]
  .map((row) => row.map(quote).join(',') + '\\n').join('');
const save = (name, type, text) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};
const wire = (id, action) => {
  const button = document.getElementById(id);
  if (!button) return;
  button.hidden = false;
  button.addEventListener('click', action);
};
wire('save-json', () => save('report.json', 'application/json', JSON.stringify(report(), null, 2)));
wire('save-csv', () => save('samples.csv', 'text/csv', csv(report())));
`.trim();

/** Shown once the script runs. */
export function saveButtons({ samples }: Report): Content {
  return markup`<p class="screen">
    <button id="save-json" type="button" hidden>Save the report as JSON</button>
    ${
      samples.length === 0
        ? null
        : markup`<button id="save-csv" type="button" hidden>Save the samples as CSV</button>`
    }
  </p>`;
}
