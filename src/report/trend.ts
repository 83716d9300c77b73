import { wrap } from './layout.ts';
import { cellLines, fittingColumns } from './table.ts';
import { percentileIn } from '../stats/summary.ts';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDuration } from '../base/duration.ts';
import { baseError, KvcacheError, messageOf } from '../base/errors.ts';
import { refusalOf } from '../base/refusal.ts';
import type { Outcome } from '../base/outcome.ts';
import { formatChange } from '../verify/result/format.ts';
import { changeOf } from './comparison-text.ts';
import type { Report } from './model.ts';
import { readReport } from './rebuild.ts';

export interface TrendPoint {
  name: string;
  startedAt: string | null;
  kind: Report['kind'];
  outcome: Outcome;
  isPartial: boolean;
  /** TTFT p95 of arm C of a verification, latency p95 of a load run. */
  p95Ms: number | null;
  /** p95 ÷ that of the last run before it that asked the same; null without one. */
  change: number | null;
  /** Routing gain of a verification: `×0.41 (0.35–0.48)`. */
  gain: string | null;
}

export interface Trend {
  points: TrendPoint[];
  /** Entries of the folder that are no reports, each with the reason. */
  skipped: { name: string; reason: string }[];
}

/**
 * All runs of a folder (files or folders of their own), oldest first.
 * @throws KvcacheError FILE_UNREADABLE (kind usage)
 */
export async function readTrend(folder: string): Promise<Trend> {
  const found: { name: string; report: Report }[] = [];
  const skipped: Trend['skipped'] = [];
  for (const name of await namesIn(folder)) {
    try {
      found.push({ name, report: await readReport(join(folder, name)) });
    } catch (error) {
      if (!(error instanceof KvcacheError)) throw error;
      skipped.push({ name, reason: error.message });
    }
  }
  found.sort((a, b) => ((a.report.startedAt ?? '') < (b.report.startedAt ?? '') ? -1 : 1));
  return { points: pointsOf(found), skipped };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((it) => it.isDirectory() || /\.(json|ndjson|tgz)$/.test(it.name))
      .map((it) => it.name)
      .toSorted();
  } catch (error) {
    throw baseError('FILE_UNREADABLE', {
      message: `The folder cannot be read: ${refusalOf(error)?.text ?? messageOf(error)}.`,
      where: folder,
      remedy: 'Name a folder that holds reports, or folders written with --out.',
    });
  }
}

function pointsOf(found: readonly { name: string; report: Report }[]): TrendPoint[] {
  const last = new Map<string, number>();
  return found.map(({ name, report }) => {
    const p95Ms = p95Of(report);
    const key = JSON.stringify([report.kind, report.comparable]);
    const before = last.get(key);
    if (p95Ms !== null) last.set(key, p95Ms);
    return {
      name,
      startedAt: report.startedAt,
      kind: report.kind,
      outcome: report.outcome,
      isPartial: report.isPartial,
      p95Ms,
      change: p95Ms === null || before === undefined ? null : p95Ms / before,
      gain: gainOf(report),
    };
  });
}

function p95Of(report: Report): number | null {
  if (report.kind === 'load') {
    return percentileIn(report.result.latency, 95)?.value ?? null;
  }
  if (report.kind !== 'verify') return null;
  return report.result.arms.find((it) => it.id === 'C')?.ttft?.p95.value ?? null;
}

function gainOf(report: Report): string | null {
  if (report.kind !== 'verify') return null;
  const gain = report.result.comparisons.find((it) => it.id === 'routing-gain');
  return gain ? changeOf(gain) : null;
}

/** What the p95 of a run is of. */
const METRICS: Readonly<Record<Report['kind'], string>> = {
  verify: 'TTFT',
  load: 'latency',
  capacity: '',
  run: '',
  prompts: '',
  simulate: '',
  calibrate: '',
};

/** A head, and a row per run; an entry per run where there is no room for rows. */
export function trendLines({ points }: Trend, width: number): string[] {
  const rows = points.map((it) => [
    it.startedAt?.slice(0, 16).replace('T', ' ') ?? 'unknown',
    it.name,
    it.outcome.toUpperCase() + (it.isPartial ? ' (partial)' : ''),
    it.p95Ms === null ? '–' : `${METRICS[it.kind]} ${formatDuration(it.p95Ms)}`,
    it.change === null ? '–' : formatChange(it.change),
    it.gain ?? '',
  ]);
  const shown = [['started (UTC)', 'run', 'outcome', 'p95', 'since', 'routing gain'], ...rows];
  const columns = fittingColumns(shown, width);
  if (columns) return shown.flatMap((row) => cellLines(row, columns));
  return rows.flatMap(([started, name, outcome, p95, since, gain]) => {
    const facts = [`${started} UTC`, outcome, `p95 ${p95}`, `${since} since the last like it`];
    return wrap(
      [`${name}: ${facts.join(', ')}`, gain].filter(Boolean).join(', routing gain '),
      width,
    );
  });
}
