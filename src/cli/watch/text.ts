import { formatDuration } from '../../base/duration.ts';
import { formatShare } from '../../verify/result/format.ts';
import type { EventDocument } from '../../watch/event-document.ts';
import type { FleetFigures } from '../../watch/figures.ts';
import type { Paint } from '../../report/paint.ts';
import { cellLines, fittingColumns } from '../../report/table.ts';
import type { Watcher } from '../../watch/watcher.ts';
import type { WatchSettings } from './settings.ts';

/** An event as people read it. */
export function eventLines(event: EventDocument, paint: Paint): string[] {
  const time = event.at.slice(11, 19);
  const where = event.engine === null ? '' : ` at ${event.engine}`;
  if (event.kind === 'cleared') return [`${time} over: ${event.alert}${where}`];
  const head = `${event.severity.toUpperCase()} ${event.alert}`;
  return [
    `${time} ${paint(event.severity === 'info' ? 'bold' : 'red', head)} ${event.sentence}`,
    `  ${event.evidence}`,
    `  → ${event.remedy}`,
  ];
}

/** `An alert holds: engine-down at engine-b.` */
export function alertSentence(alerts: Watcher['active']): string {
  const names = alerts.map(({ row, subject }) =>
    subject === '' ? row.id : `${row.id} at ${subject}`,
  );
  const what = names.length === 1 ? 'An alert holds' : `${names.length} alerts hold`;
  return `${what}: ${names.join(', ')}.`;
}

/** One row per engine, and one for all of them. */
export function figureLines(figures: FleetFigures, width: number): string[] {
  const { engines, hitRate, externalHitRate, availableRate } = figures;
  const rows = [
    ['engine', 'prefix hits', 'second tier', 'requests', 'mean TTFT'],
    ...engines.map((it) => [
      it.isUp ? it.id : `${it.id} (down)`,
      share(it.hitRate),
      share(it.externalHitRate),
      share(it.requestShare),
      it.ttftMeanS === null ? 'not known' : formatDuration(1_000 * it.ttftMeanS),
    ]),
    ['all', share(hitRate), share(externalHitRate), '', ''],
  ];
  const columns = fittingColumns(rows, width);
  const lines = rows.flatMap((row) => (columns ? cellLines(row, columns) : [row.join('  ')]));
  if (availableRate !== null) lines.push(`held by some engine, at least: ${share(availableRate)}`);
  return lines;
}

function share(value: number | null): string {
  return value === null ? 'not known' : formatShare(value);
}

/** Why there is no alert yet that compares. */
export function learningText({ isByDay }: Pick<WatchSettings, 'isByDay'>): string {
  const why = isByDay ? 'nothing is known of this time yesterday' : 'learning what is usual';
  return `${why}; alerts that need it come later`;
}

/** What a watch sends to the deployment. */
export function sentText({ probe }: Pick<WatchSettings, 'probe'>): string {
  if (!probe) return 'no prompt is sent';
  const { requests, everyMs, tokensPerHour } = probe.plan;
  const tokens = tokensPerHour.toLocaleString('en');
  return `${requests} short prompts every ${formatDuration(everyMs)}, at most ${tokens} tokens an hour`;
}
