import { formatDuration } from '../../base/duration.ts';
import { present } from '../../base/lists.ts';
import type { Check } from '../../base/outcome.ts';
import { checkLines } from '../check-lines.ts';
import { causeLines, causeText, contradictions } from '../evidence.ts';
import { headline } from '../headline.ts';
import { judgedFacts, judgedLines } from '../judged.ts';
import { wrap } from '../layout.ts';
import { loadLines } from '../load-lines.ts';
import type { Report, VerifyReport } from '../model.ts';
import { type Look, PLAIN_LOOK } from '../look.ts';
import { outcomeWord } from '../paint.ts';
import { cellLines, fittingColumns, type Table } from '../table.ts';
import { tablesOf } from '../tables.ts';

/** The summary that stays in the scrollback: what was judged and the verdict first, and the verdict again last. */
export function renderTerminal(report: Report, look: Look = PLAIN_LOOK): string {
  const verdict = verdictLine(report, look);
  const lines = [
    ...(look.isQuiet ? [] : [...judgedLines(judgedFacts(report), look.paint), '', verdict]),
    ...(look.isQuiet ? [] : figureLines(report, look)),
    ...checksSection(report.checks, look),
    ...(report.kind === 'verify' ? troubleLines(report, look) : []),
    ...(look.isQuiet ? [] : ['']),
    verdict,
  ];
  return (
    lines
      .flatMap((line) => wrap(line, look.width))
      .join('\n')
      .replace(/^\n/, '') + '\n'
  );
}

function figureLines(report: Report, look: Look): string[] {
  const tables = tablesOf(report).flatMap((table) => ['', ...tableLines(table, look)]);
  if (report.kind === 'load') return [...tables, '', ...loadLines(report.result)];
  const isAsked = report.kind === 'verify' && look.isVerbose;
  return isAsked ? [...tables, ...originalLines(report, look)] : tables;
}

/** What `verify.sh` printed, for whoever compares. */
function originalLines({ result }: VerifyReport, { paint }: Look): string[] {
  return [
    '',
    paint('bold', 'as the original script reports it'),
    ...result.parity.map(({ label, value }) => `${label.padEnd(28)} ${value}`),
  ];
}

function checksSection(checks: readonly Check[], look: Look): string[] {
  const shown = look.isQuiet ? checks.filter((it) => it.outcome !== 'pass') : checks;
  if (shown.length === 0) return [];
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

/** `PASS Routing saves …` and what belongs to it. */
function verdictLine(report: Report, { paint }: Look): string {
  const { outcome, durationMs, seed } = report;
  const isOwn = report.kind === 'verify' && report.result.targets.gatewayMode === 'embedded';
  const facts = present([
    isOwn && 'kvcache’s own embedded gateway',
    durationMs !== null && formatDuration(durationMs),
    seed !== null && `seed ${seed}`,
  ]);
  const more = facts.length === 0 ? '' : ` ${paint('dim', facts.join(', '))}`;
  return `${outcomeWord(outcome, paint)} ${headline(report)}${more}`;
}

function tableLines(table: Table, look: Look): string[] {
  return [...gridLines(table, look), ...table.notes.map((it) => `  ${it}`)];
}

/** Columns where they fit, long cells broken between words; else one list entry per row. */
function gridLines({ title, head, rows }: Table, { paint, width }: Look): string[] {
  const [names, ...others] = head;
  const isTitled = names === '' && rows.length > 0;
  const titled = isTitled ? [title, ...others] : head;
  const columns = fittingColumns([titled, ...rows], width);
  if (rows.length === 0 || !columns) {
    return [paint('bold', title), ...rows.map((row) => listed(row, head))];
  }
  return [
    ...(isTitled ? [] : [paint('bold', title)]),
    ...cellLines(titled, columns).map((it) => paint('dim', it)),
    ...rows.flatMap((row) => cellLines(row, columns)),
  ];
}

function listed([name, ...cells]: readonly string[], [, ...head]: readonly string[]): string {
  const facts = cells.map((cell, index) => `${head[index]} ${cell}`.trim());
  return `  ${name}: ${facts.join(', ')}`;
}
