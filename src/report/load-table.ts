import { formatCount } from '../base/figures.ts';
import { type PercentileTime, type TimeMetric, timesOf } from './load-times.ts';
import type { LoadFigures } from './model.ts';
import type { Table } from './table.ts';

const NAMES: Readonly<Record<TimeMetric, string>> = {
  latency: 'latency',
  ttft: 'TTFT',
  itl: 'ITL',
  tpot: 'TPOT',
};
const PERCENTS = [50, 90, 95, 99];

/** What each word means, where it is first met. */
const WORDS =
  'latency: whole answer. TTFT: until the first token. ITL: between two tokens. TPOT: per token after the first. ~: too few requests for an interval.';

/** The times of a load run: a metric and its 95 % intervals, under each other. */
export function metricTable(result: LoadFigures): Table {
  const metrics = (Object.keys(NAMES) as TimeMetric[]).filter((it) => result[it].n > 0);
  const hasTimes = result.succeeded > 0 && metrics.length > 0;
  return {
    title: 'times',
    head: ['', 'n', 'mean', ...PERCENTS.map((it) => `p${it}`)],
    rows: hasTimes ? metrics.flatMap((metric) => metricRows(result, metric)) : [],
    notes: [hasTimes ? WORDS : 'No times: no request succeeded.'],
  };
}

function metricRows(result: LoadFigures, metric: TimeMetric): string[][] {
  const { mean = '–', percentile } = timesOf(result, metric);
  const times = PERCENTS.map(percentile);
  const row = [NAMES[metric], formatCount(result[metric].n), mean, ...times.map(valueText)];
  const ends = times.map(endsText);
  return ends.every((it) => it === '') ? [row] : [row, ['  95 %', '', '', ...ends]];
}

function valueText({ value, ends }: PercentileTime): string {
  if (value === undefined) return 'too few';
  return ends === undefined && value !== 'failed' ? `~${value}` : value;
}

/** The unit is that of the value above, unless it says another. */
function endsText({ value = '', ends }: PercentileTime): string {
  if (ends === undefined) return '';
  const unit = value.slice(value.indexOf(' '));
  const isSame = value.includes(' ') && ends.every((it) => it.endsWith(unit));
  const shown = isSame ? ends.map((it) => it.slice(0, -unit.length)) : ends;
  return shown.join('–');
}
