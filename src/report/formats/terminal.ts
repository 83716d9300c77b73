import { formatDuration } from '../../base/duration.ts';
import type { Check } from '../../base/outcome.ts';
import { checkLines } from '../check-lines.ts';
import { causeLines, causeText, contradictions } from '../evidence.ts';
import { headline } from '../headline.ts';
import { judgedFacts } from '../judged.ts';
import { wrap } from '../layout.ts';
import { loadLines } from '../load-lines.ts';
import type { Report, VerifyReport } from '../model.ts';
import { type Look, PLAIN_LOOK } from '../look.ts';
import { outcomeWord } from '../paint.ts';
import { alignedLine, columnWidths, type Table } from '../table.ts';
import { tablesOf } from '../tables.ts';

/** The summary that stays in the scrollback. */
export function renderTerminal(report: Report, look: Look = PLAIN_LOOK): string {
  const lines = look.isQuiet ? [] : [...judgedLines(report, look), ...figureLines(report, look)];
  lines.push(...checksSection(report.checks, look));
  if (report.kind === 'verify') lines.push(...troubleLines(report, look));
  lines.push(...(look.isQuiet ? [] : ['', headline(report)]), verdictLine(report, look));
  return (
    lines
      .flatMap((line) => wrap(line, look.width))
      .join('\n')
      .replace(/^\n/, '') + '\n'
  );
}

function figureLines(report: Report, look: Look): string[] {
  if (report.kind === 'load') return loadLines(report.result);
  const tables = tablesOf(report).flatMap((table) => ['', ...tableLines(table, look)]);
  return report.kind === 'verify' ? [...tables, ...originalLines(report, look)] : tables;
}

/** First of all: the embedded gateway must not be taken for the reader's own. */
function judgedLines(report: Report, { paint }: Look): string[] {
  const facts = judgedFacts(report);
  const width = Math.max(...facts.map(({ name }) => name.length));
  return facts.map(
    ({ name, text, isLoud }) => `${name.padEnd(width + 2)}${isLoud ? paint('yellow', text) : text}`,
  );
}

function originalLines({ result }: VerifyReport, { paint }: Look): string[] {
  return [
    '',
    paint('bold', 'original report'),
    ...result.parity.map(({ label, value }) => `${label.padEnd(28)} ${value}`),
  ];
}

function checksSection(checks: readonly Check[], look: Look): string[] {
  const shown = look.isQuiet ? checks.filter((it) => it.outcome !== 'pass') : checks;
  const lines = shown.flatMap((it) => checkLines(it, look.paint, look.isVerbose));
  return look.isQuiet || shown.length === 0 ? lines : ['', look.paint('bold', 'checks'), ...lines];
}

function troubleLines({ result }: VerifyReport, { paint }: Look): string[] {
  const { cause, invalidations } = result;
  return [
    ...invalidations.flatMap(({ code, reason, remedy }) => [
      `${outcomeWord('invalid', paint)} ${reason} [${code}]`,
      `     → ${remedy}`,
    ]),
    ...contradictions(result).map((it) => `${paint('yellow', 'CONTRADICTION')} ${it}`),
    ...(cause
      ? causeLines(causeText(cause)).map((it, at) => (at === 0 ? paint('bold', it) : `     ${it}`))
      : []),
  ];
}

function verdictLine(report: Report, { paint }: Look): string {
  const { outcome, durationMs, seed, isPartial, stopReason } = report;
  const isOwn = report.kind === 'verify' && report.result.targets.gatewayMode === 'embedded';
  const facts = [
    ...(isOwn ? ['of the embedded gateway'] : []),
    ...(durationMs === null ? [] : [formatDuration(durationMs)]),
    ...(seed === null ? [] : [`seed ${seed}`]),
    ...(isPartial ? [`partial: ${stopReason}`] : []),
  ];
  return `${outcomeWord(outcome, paint)} ${facts.join(', ')}`;
}

function tableLines(table: Table, look: Look): string[] {
  return [...gridLines(table, look), ...table.notes.map((it) => `  ${it}`)];
}

/** Aligned columns where they fit, else one list entry per row. */
function gridLines({ title, head, rows }: Table, { paint, width }: Look): string[] {
  if (rows.length === 0) return [paint('bold', title)];
  const widths = columnWidths([head, ...rows]);
  const total = widths.reduce((sum, it) => sum + it + 2, -2);
  if (total > width) {
    return [
      paint('bold', title),
      ...rows.map(([name, ...cells]) => {
        const facts = cells.map((cell, index) => `${head[index + 1]} ${cell}`);
        return `  ${name}: ${facts.join(', ')}`;
      }),
    ];
  }
  const line = (row: readonly string[]): string => alignedLine(row, widths);
  const [names, ...others] = head;
  const titled = [title.length <= widths[0]! ? title : names!, ...others];
  return [
    ...(title.length <= widths[0]! ? [] : [paint('bold', title)]),
    paint('dim', line(titled)),
    ...rows.map(line),
  ];
}
