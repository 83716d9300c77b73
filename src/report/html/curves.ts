import { type SortedValues, sortedCopy } from '../../stats/percentile.ts';
import type { Interval } from '../../stats/interval.ts';
import type { LoadReport, Report, VerifyReport } from '../model.ts';
import { type SampleMetric, valuesByArm } from '../series.ts';

/** The distribution of one metric in one arm, with the percentiles the report states. */
export interface Curve {
  arm: string;
  values: SortedValues;
  /** Requests the percentiles refer to; above `values.length` when failures count as slow. */
  total: number;
  marks: PercentileMark[];
}

export interface PercentileMark {
  percent: number;
  /** Milliseconds; null when there were too few samples. */
  value: number | null;
  interval: Interval | null;
}

export const PERCENTS = [50, 95, 99] as const;

/** The curves of a report, arms in alphabetical order; none for a report without samples. */
export function curvesOf(report: Report, metric: SampleMetric): Curve[] {
  if (report.kind === 'run' || report.kind === 'simulate') return [];
  const byArm = [...valuesByArm(report, metric)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return byArm.map(([arm, values]) => ({
    arm,
    values: sortedCopy(values),
    ...(report.kind === 'verify'
      ? statedByVerify(report, arm, metric)
      : statedByLoad(report, metric)),
  }));
}

type Stated = Pick<Curve, 'total' | 'marks'>;

function statedByVerify({ result }: VerifyReport, arm: string, metric: SampleMetric): Stated {
  const found = result.arms.find((it) => it.id === arm)?.[metric];
  if (!found) return { total: 0, marks: [] };
  const marks = PERCENTS.map((percent) => ({ percent, ...found[`p${percent}`] }));
  return { total: found.n, marks };
}

function statedByLoad({ result }: LoadReport, metric: SampleMetric): Stated {
  const found = result[metric];
  const marks = found.percentiles
    .filter(({ percent }) => PERCENTS.some((it) => it === percent))
    .map(({ percent, value, interval }) => ({ percent, value, interval }));
  return { total: found.n, marks };
}
