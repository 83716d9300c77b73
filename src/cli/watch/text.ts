import { formatDuration } from '../../base/duration.ts';
import { formatShare } from '../../verify/result/format.ts';
import type { EventDocument } from '../../watch/event-document.ts';
import type { FleetFigures } from '../../watch/figures.ts';
import type { Paint } from '../../report/paint.ts';
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

/** One line per engine, and one for all of them. */
export function figureLines(figures: FleetFigures): string[] {
  const { engines, hitRate, externalHitRate, availableRate } = figures;
  const rows = [
    ['engine', 'prefix hits', 'beyond', 'requests', 'mean TTFT'],
    ...engines.map((it) => [
      it.isUp ? it.id : `${it.id} (down)`,
      share(it.hitRate),
      share(it.externalHitRate),
      share(it.requestShare),
      it.ttftMeanS === null ? 'not known' : `${Math.round(1_000 * it.ttftMeanS)} ms`,
    ]),
    ['all', share(hitRate), share(externalHitRate), '', ''],
  ];
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd(),
  );
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
