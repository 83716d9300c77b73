import type { ReactNode } from 'react';
import { formatDuration } from '../base/duration.ts';
import { printable } from '../base/printable.ts';
import type { EngineFigures, FleetFigures } from '../watch/figures.ts';
import { Lines } from './lines.tsx';
import { bar, clipped, type Paint, percent, sparkline } from './marks.ts';

/** What a watch has to show. */
export interface WatchView {
  figures: FleetFigures;
  /** Prefix hit rate of the fleet, one value a bucket, oldest first. */
  hitRates: readonly number[];
  isLearning: boolean;
  /** Since the last reading; null before the first. */
  ageMs: number | null;
  alerts: readonly { id: string; subject: string; isInfo: boolean; evidence: string }[];
  /** What began and ended, one line each, newest last. */
  events: readonly string[];
}

interface Frame {
  columns: number;
  rows: number;
  paint: Paint;
}

const ID_MAX = 24;
const BAR_MAX = 32;
/** ` 100 %  100 %   1,000 ms`, and what stands between. */
const BESIDES = 36;
const EVENTS_MAX = 6;

/** Who serves, what is found, and what is wrong: as much of it as the terminal has room for. */
export function WatchPanels({ view, ...frame }: Frame & { view: WatchView }): ReactNode {
  const head = headLines(view, frame);
  const panels = [alertLines(view, frame), engineLines(view, frame), eventLines(view, frame)];
  // One line stays free: a frame as high as the terminal would have to clear all of it.
  let room = frame.rows - 1 - head.length;
  const lines = panels.flatMap((panel) => {
    const shown = panel.slice(0, Math.max(0, room));
    room -= shown.length;
    return shown;
  });
  return <Lines lines={[...head, ...lines]} />;
}

function headLines({ ageMs, isLearning, figures, hitRates }: WatchView, frame: Frame): string[] {
  const { paint, columns } = frame;
  const age = ageMs === null ? 'nothing read yet' : `read ${Math.floor(ageMs / 1_000)} s ago`;
  const learning = isLearning ? ' · still learning what is usual' : '';
  const { hitRate } = figures;
  const now = hitRate === null ? 'not known' : percent(hitRate);
  const label = 'prefix hits ';
  const width = Math.max(8, columns - label.length - now.length - 2);
  return [
    `${paint('bold', 'kvcache watch')}  ${age}${learning}`,
    `${paint('dim', label)}${sparkline(hitRates, width, 1)}  ${now}`,
  ];
}

function alertLines({ alerts, ageMs }: WatchView, { paint }: Frame): string[] {
  // Nobody knows before something was read.
  if (alerts.length === 0) return ageMs === null ? [] : [paint('green', '✓ no alert holds')];
  return alerts.map(({ id, subject, isInfo, evidence }) => {
    const where = subject === '' ? '' : ` at ${printable(subject)}`;
    const head = paint(isInfo ? 'yellow' : 'red', `✗ ${id}${where}`);
    return `${head}  ${printable(evidence)}`;
  });
}

function engineLines({ figures: { engines } }: WatchView, { paint, columns }: Frame): string[] {
  if (engines.length === 0) return [];
  const idWidth = Math.min(
    ID_MAX,
    Math.floor(columns / 3),
    Math.max(6, ...engines.map(({ id }) => id.length)),
  );
  const barWidth = Math.max(4, Math.min(BAR_MAX, columns - idWidth - BESIDES));
  const titles = `${'engine'.padEnd(idWidth)}  ${'serves'.padEnd(barWidth + 6)}  ${'found'.padStart(9)}  ${'mean TTFT'.padStart(9)}`;
  return [
    paint('dim', titles),
    ...engines.map((it) => engineLine(it, { idWidth, barWidth, paint })),
  ];
}

function engineLine(
  { id, isUp, requestShare, hitRate, ttftMeanS }: EngineFigures,
  { idWidth, barWidth, paint }: { idWidth: number; barWidth: number; paint: Paint },
): string {
  if (!isUp) return `${clipped(id, idWidth)}  ${paint('red', 'down')}`;
  const share = requestShare ?? 0;
  const served =
    requestShare === null
      ? 'not known'.padEnd(barWidth + 6)
      : `${bar(share, barWidth)} ${percent(share).padStart(5)}`;
  const found = hitRate === null ? 'not known' : percent(hitRate);
  const ttft = ttftMeanS === null ? 'not known' : formatDuration(1_000 * ttftMeanS);
  return `${clipped(id, idWidth)}  ${served}  ${found.padStart(9)}  ${ttft.padStart(9)}`;
}

function eventLines({ events }: WatchView, { paint }: Frame): string[] {
  if (events.length === 0) return [];
  return [paint('dim', 'events, newest first'), ...events.slice(-EVENTS_MAX).toReversed()];
}
