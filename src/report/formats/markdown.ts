import type { Check, Outcome } from '../../base/outcome.ts';
import { type CauseText, causeText, contradictions, hitSentence } from '../evidence.ts';
import { headline, judgements } from '../headline.ts';
import { judgedFacts } from '../judged.ts';
import type { Report } from '../model.ts';
import type { Table } from '../table.ts';
import { tablesOf } from '../tables.ts';

const SIGNS: Readonly<Record<Outcome, string>> = {
  pass: '✅',
  fail: '❌',
  inconclusive: '❔',
  invalid: '⚠️',
  error: '❌',
};

/** GitHub-flavoured Markdown: the verdict, the most telling table, what failed; the rest folded. */
export function renderMarkdown(report: Report): string {
  const checks = judgements(report);
  const bad = checks.filter((it) => it.outcome !== 'pass');
  const [first, ...rest] = tablesOf(report);
  return (
    [
      `## ${SIGNS[report.outcome]} ${report.outcome.toUpperCase()} · ${escape(report.title)}`,
      `**${escape(headline(report))}**`,
      ...judgedList(report),
      ...(first ? [withNotes(first)] : []),
      ...evidenceOf(report),
      ...bad.map(problem),
      ...(checks.length === 0
        ? []
        : [folded(`Every check (${checks.length})`, checkTable(checks))]),
      ...rest.map((table) => folded(table.title, withNotes(table))),
      footer(report),
    ].join('\n\n') + '\n'
  );
}

/** What was judged, before any figure. */
function judgedList(report: Report): string[] {
  const facts = judgedFacts(report);
  if (facts.length === 0) return [];
  const lines = facts.map(({ name, text, isLoud }) =>
    isLoud ? `- ⚠️ **${name}: ${escape(text)}**` : `- ${name}: ${escape(text)}`,
  );
  return [lines.join('\n')];
}

/** Hit rate, contradictions and cause: never folded away. */
function evidenceOf(report: Report): string[] {
  if (report.kind !== 'verify') return [];
  const { hitRate, cause } = report.result;
  return [
    ...(hitRate ? [escape(hitSentence(hitRate))] : []),
    ...contradictions(report.result).map((it) => `⚠️ **Contradiction:** ${escape(it)}`),
    ...(cause ? [causeList(causeText(cause))] : []),
  ];
}

function causeList({ sentence, evidence, remedy, considered }: CauseText): string {
  return [
    `**Cause: ${escape(sentence)}**`,
    ...evidence.map((it) => `- evidence: ${escape(it)}`),
    `- remedy: ${escape(remedy)}`,
    `- also considered: ${escape(considered)}`,
  ].join('\n');
}

function problem({ id, claim, outcome, expected, actual, evidence, remedy }: Check): string {
  const lines = [
    `${SIGNS[outcome]} **${escape(claim)}** \`${id}\``,
    `- expected ${escape(expected)}, got ${escape(actual)}`,
    ...(evidence === '' ? [] : [`- evidence: ${escape(evidence)}`]),
    ...(remedy === '' ? [] : [`- remedy: ${escape(remedy)}`]),
  ];
  return lines.join('\n');
}

function checkTable(checks: readonly Check[]): string {
  return tableOf({
    title: '',
    head: ['', 'check', 'expected', 'got'],
    rows: checks.map(({ outcome, claim, expected, actual }) => [
      SIGNS[outcome],
      claim,
      expected,
      actual,
    ]),
  });
}

function withNotes(table: Table): string {
  return [tableOf(table), ...table.notes.map(escape)].join('\n\n');
}

function tableOf({ head, rows }: Omit<Table, 'notes'>): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escape).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

/** A blank line after the summary: without it GitHub shows the table as text. */
function folded(title: string, content: string): string {
  return `<details><summary>${escape(title)}</summary>\n\n${content}\n\n</details>`;
}

function footer({ version, seed, startedAt, kind, result }: Report): string {
  const facts = [
    `kvcache ${version}`,
    ...(seed === null ? [] : [`seed ${seed}`]),
    ...(startedAt === null ? [] : [startedAt]),
    ...(kind === 'verify' ? [`fingerprint ${result.fingerprint.slice(0, 12)}`] : []),
  ];
  return `<sub>${escape(facts.join(' · '))}</sub>`;
}

/** What a server said must not become markup. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll(/\s*\n\s*/g, ' ');
}
