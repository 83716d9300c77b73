import type { Check, Outcome } from '../base/outcome.ts';
import { headline, judgements } from './headline.ts';
import type { Report } from './model.ts';
import { type Table, tablesOf } from './tables.ts';

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
      ...(first ? [tableOf(first)] : []),
      ...bad.map(problem),
      folded(`${checks.length - bad.length} of ${checks.length} checks hold`, checkTable(checks)),
      ...rest.map((table) => folded(table.title, tableOf(table))),
      footer(report),
    ].join('\n\n') + '\n'
  );
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

function tableOf({ head, rows }: Table): string {
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
