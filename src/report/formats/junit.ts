import type { Check } from '../../base/outcome.ts';
import { tellingLines } from '../evidence.ts';
import { headline, judgements } from '../headline.ts';
import { judgedFacts } from '../judged.ts';
import type { Report } from '../model.ts';

/**
 * JUnit XML as Jenkins, GitLab and GitHub's test reporters read it (the Maven Surefire shape). What is
 * inconclusive is a failure here: a reader that only counts must not take it for a pass.
 */
export function renderJunit(report: Report): string {
  const cases = judgements(report);
  const failures = cases.filter((it) => isFailure(it)).length;
  const errors = cases.filter((it) => isError(it)).length;
  const seconds = ((report.durationMs ?? 0) / 1_000).toFixed(3);
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}"`;
  const name = attribute(report.title);
  const timestamp =
    report.startedAt === null ? '' : ` timestamp="${attribute(report.startedAt.slice(0, 19))}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${name}" ${counts} time="${seconds}">`,
    `  <testsuite name="${name}" ${counts} skipped="0" time="${seconds}"${timestamp}>`,
    '    <properties>',
    ...Object.entries(propertiesOf(report)).map(
      ([key, value]) =>
        `      <property name="${attribute(key)}" value="${attribute(String(value))}"/>`,
    ),
    '    </properties>',
    ...cases.flatMap((it) => testCase(it, report.kind)),
    `    <system-out>${content(told(report).join('\n'))}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** What a reader of a failed build looks for: what was judged, what it came to, and why. */
function told(report: Report): string[] {
  return [
    ...judgedFacts(report).map(({ name, text }) => `${name}: ${text}`),
    headline(report),
    ...tellingLines(report),
  ];
}

function propertiesOf(report: Report): Record<string, unknown> {
  const { version, outcome, exitCode, isPartial, seed, comparable } = report;
  const judged = judgedFacts(report).map(({ name, text }) => [`judged.${name}`, text] as const);
  return {
    ...Object.fromEntries(judged),
    version,
    outcome,
    exitCode,
    isPartial,
    seed,
    ...comparable,
  };
}

function testCase(check: Check, kind: string): string[] {
  const open = `    <testcase classname="kvcache.${kind}" name="${attribute(`${check.id}: ${check.claim}`)}"`;
  if (check.outcome === 'pass') return [`${open}/>`];
  const element = isError(check) ? 'error' : 'failure';
  const message = attribute(`expected ${check.expected}, got ${check.actual}`);
  const text = [check.evidence, check.remedy].filter((it) => it !== '').join('\n→ ');
  return [
    `${open}>`,
    `      <${element} type="${check.outcome}" message="${message}">${content(text)}</${element}>`,
    '    </testcase>',
  ];
}

function isFailure({ outcome }: Check): boolean {
  return outcome === 'fail' || outcome === 'inconclusive';
}

function isError({ outcome }: Check): boolean {
  return outcome === 'error' || outcome === 'invalid';
}

/** Characters that no XML 1.0 document may hold, not even escaped. */
// oxlint-disable-next-line no-control-regex -- exactly these are to be found
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function content(text: string): string {
  return text
    .replaceAll(FORBIDDEN, '\ufffd')
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}
