import { printable } from '../base/printable.ts';
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { formatDuration } from '../base/duration.ts';
import type { Outcome } from '../base/outcome.ts';
import { armName } from '../verify/result/names.ts';
import { formatCount } from '../base/figures.ts';
import { bar, clipped, OUTCOME_MARKS, type Paint, percent, sparkline, timeLeft } from './marks.ts';
import { medianOf } from './sample-tally.ts';
import type { GroupView } from './groups.ts';
import { Lines } from './lines.tsx';
import { rollingRate, type View } from './view-state.ts';

export interface DashboardProps {
  view: View;
  nowMs: number;
  /** Of the terminal. */
  columns: number;
  rows: number;
  paint: Paint;
}

/** Space that panels are drawn in. */
interface Frame {
  width: number;
  paint: Paint;
}

const LABEL_WIDTH = 11;
const BAR_MAX = 48;
/** From here on panels stand side by side. */
const TWO_COLUMNS_FROM = 120;
const GAP = 4;
const ENDPOINTS_MAX = 6;

/** The whole live view: as many panels as the terminal has room for, the most telling first. */
export function Dashboard({ view, nowMs, columns, rows, paint }: DashboardProps): ReactNode {
  const isWide = columns >= TWO_COLUMNS_FROM;
  const frame = { width: isWide ? Math.floor((columns - GAP) / 2) : columns, paint };
  const head = headLines(view, nowMs, { width: columns, paint });
  const left = [
    requestLines(view, nowMs, frame),
    seriesLines(view, frame),
    gaugeLines(view, frame),
  ];
  const right = [endpointLines(view, frame), groupLines(view, frame), checkLines(view, frame)];
  // One line stays free: a frame as high as the terminal would have to clear all of it.
  const room = rows - 1 - head.length;
  if (!isWide) {
    return <Lines lines={[...head, ...fitting([...left, ...right], room)]} />;
  }
  return (
    <Box flexDirection="column">
      <Lines lines={head} />
      <Box columnGap={GAP}>
        <Lines lines={fitting(left, room)} width={frame.width} />
        <Lines lines={fitting(right, room)} width={frame.width} />
      </Box>
    </Box>
  );
}

function fitting(panels: readonly (readonly string[])[], room: number): string[] {
  const lines: string[] = [];
  for (const panel of panels) {
    if (lines.length + panel.length <= room) lines.push(...panel);
  }
  return lines;
}

function labelled(label: string, text: string, paint: Paint): string {
  return `${paint('dim', label.padEnd(LABEL_WIDTH))}${text}`;
}

function headLines(view: View, nowMs: number, { width, paint }: Frame): string[] {
  const { title, phases, phaseIndex, progress, startedMs, isStopping } = view;
  const phase = phases[phaseIndex] ?? 'starting';
  const what = isStopping ? 'stopping, what was measured is kept' : phase;
  const seconds = Math.floor((nowMs - startedMs) / 1_000);
  const elapsed = seconds === 0 ? '0 s' : formatDuration(1_000 * seconds);
  const lines = [`${paint('bold', `kvcache ${printable(title)}`)}  ${what} · ${elapsed}`];
  const step = phases.length > 1 ? `step ${phaseIndex + 1} of ${phases.length}` : '';
  if (progress) {
    const left =
      progress.endsMs === undefined ? '' : timeLeft(Math.max(0, progress.endsMs - nowMs));
    const texts = [percent(progress.share), progress.text, left, step].filter(Boolean);
    const text = texts.join(' · ');
    lines.push(`${bar(progress.share, barWidth(width, text.length + 2))}  ${text}`);
  } else if (step !== '') {
    lines.push(`${bar(phaseIndex / phases.length, barWidth(width, step.length + 2))}  ${step}`);
  }
  return lines;
}

function requestLines(view: View, nowMs: number, { paint }: Frame): string[] {
  if (view.finished === 0) return [];
  const rate = rollingRate(view, nowMs);
  const failed = `${formatCount(view.failed)} failed`;
  const facts = [
    `${formatCount(view.finished)} done`,
    view.failed > 0 ? paint('red', failed) : failed,
    rate === undefined ? '' : `${rate < 100 ? rate.toFixed(1) : formatCount(Math.round(rate))}/s`,
    view.inFlight === undefined ? '' : `${view.inFlight} in flight`,
    view.waiting > 0 ? paint('yellow', `${formatCount(view.waiting)} waiting`) : '',
  ];
  return [labelled('requests', facts.filter(Boolean).join(' · '), paint)];
}

function seriesLines({ series, latency }: View, { width, paint }: Frame): string[] {
  const last = series.valuesMs.at(-1);
  if (last === undefined) return [];
  const text = `  now ${formatDuration(last)}`;
  const line = sparkline(series.valuesMs, barWidth(width, LABEL_WIDTH + 16));
  const lines = [labelled(series.name, line + text, paint)];
  if (latency) {
    const { p50, p95 } = latency;
    const figures = `latency p50 ${formatDuration(p50)} · p95 ${formatDuration(p95)}`;
    lines.push(labelled('so far', figures, paint));
  }
  return lines;
}

function gaugeLines({ tokens }: View, { width, paint }: Frame): string[] {
  if (!tokens) return [];
  const share = tokens.cached / tokens.prompt;
  const gauge = bar(share, barWidth(width, LABEL_WIDTH + 26));
  return [labelled('cache hits', `${gauge} ${percent(share).padStart(5)} of prompt tokens`, paint)];
}

function endpointLines({ endpoints }: View, { width, paint }: Frame): string[] {
  const all = Object.entries(endpoints).toSorted(([a], [b]) => a.localeCompare(b));
  const total = all.reduce((sum, [, count]) => sum + count, 0);
  const shown = all.slice(0, ENDPOINTS_MAX);
  const idWidth = Math.min(20, Math.max(...shown.map(([id]) => id.length), 0));
  const lines = shown.map(([id, count], index) => {
    const name = clipped(id, idWidth);
    const figures = `${percent(count / total).padStart(5)} · ${formatCount(count)}`;
    const cells = barWidth(width, LABEL_WIDTH + idWidth + 18);
    return labelled(
      index === 0 ? 'served by' : '',
      `${name} ${bar(count / total, cells)} ${figures}`,
      paint,
    );
  });
  if (all.length > shown.length) {
    lines.push(labelled('', `and ${all.length - shown.length} more`, paint));
  }
  return lines;
}

/** Of the longest arm. */
const NAME_WIDTH = 26;

function groupLines({ groups }: View, { width, paint }: Frame): string[] {
  const told = Object.entries(groups).filter(([, group]) => hasTold(group));
  if (told.length === 0) return [];
  const isArms = told.every(([id]) => armName(id) !== id);
  const rows = isArms ? told.toSorted(([a], [b]) => a.localeCompare(b)) : told;
  const columns = `${(isArms ? 'arm' : 'step').padEnd(NAME_WIDTH)} ${'TTFT p50'.padStart(8)}`;
  return [
    paint('dim', `${columns}  tokens from cache`),
    ...rows.map(([id, group]) => groupLine(clipped(armName(id), NAME_WIDTH), group, width)),
  ];
}

function hasTold({ ttftsMs, cachedTokens }: GroupView): boolean {
  return ttftsMs.length > 0 || cachedTokens !== undefined;
}

function groupLine(name: string, group: GroupView, width: number): string {
  const ttftMs = medianOf(group.ttftsMs);
  const ttft = ttftMs === undefined ? '–' : formatDuration(ttftMs);
  const begin = `${name} ${ttft.padStart(8)}  `;
  if (group.cachedTokens === undefined) return `${begin}not reported`;
  const share = group.promptTokens === 0 ? 0 : group.cachedTokens / group.promptTokens;
  return `${begin}${bar(share, Math.min(24, barWidth(width, begin.length + 7)))} ${percent(share).padStart(5)}`;
}

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  pass: 'hold',
  fail: 'failed',
  inconclusive: 'undecided',
  invalid: 'invalid',
  error: 'could not run',
};

function checkLines({ settled, checks, note }: View, { paint }: Frame): string[] {
  const outcomes = Object.keys(OUTCOME_WORDS) as Outcome[];
  const parts = outcomes
    .filter((outcome) => settled[outcome] > 0)
    .map((outcome) => `${OUTCOME_MARKS[outcome]} ${settled[outcome]} ${OUTCOME_WORDS[outcome]}`);
  const open = (checks ?? 0) - outcomes.reduce((sum, outcome) => sum + settled[outcome], 0);
  if (open > 0) parts.push(`· ${open} open`);
  return [
    ...(note === undefined ? [] : [labelled('event', printable(note), paint)]),
    ...(parts.length === 0 ? [] : [labelled('checks', parts.join('  '), paint)]),
  ];
}

/** What is left of the line once the texts beside the bar are taken off. */
function barWidth(width: number, besides: number): number {
  return Math.max(8, Math.min(BAR_MAX, width - besides));
}
