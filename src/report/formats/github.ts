import { present } from '../../base/lists.ts';
import type { Outcome } from '../../base/outcome.ts';
import { weakControl } from '../comparison-text.ts';
import {
  causeLines,
  causeText,
  comparisonLines,
  contradictions,
  hitSentence,
} from '../evidence.ts';
import { headline, judgements } from '../headline.ts';
import { judgedFacts } from '../judged.ts';
import type { Report } from '../model.ts';

const LEVELS: Readonly<Record<Exclude<Outcome, 'pass'>, string>> = {
  fail: 'error',
  error: 'error',
  invalid: 'error',
  inconclusive: 'warning',
};

/**
 * Workflow commands that GitHub Actions shows as annotations: one per check that did not pass, then
 * the verdict. Wire format: docs.github.com, "Workflow commands for GitHub Actions".
 */
export function renderGithub(report: Report): string {
  const problems = judgements(report).flatMap(
    ({ id, outcome, claim, expected, actual, remedy }) => {
      if (outcome === 'pass') return [];
      const text = `${sentenceOf(claim)} Expected ${expected}, got ${actual}.${remedy === '' ? '' : ` → ${remedy}`}`;
      return [command(LEVELS[outcome], `${outcome}: ${id}`, text)];
    },
  );
  const verdict = `${report.outcome.toUpperCase()}: ${headline(report)}`;
  return [
    ...judged(report),
    ...problems,
    ...explanations(report),
    command(report.outcome === 'pass' ? 'notice' : LEVELS[report.outcome], report.title, verdict),
  ]
    .map((it) => `${it}\n`)
    .join('');
}

/** Claims of scenarios end as their authors like. */
function sentenceOf(claim: string): string {
  return /[.!?]$/.test(claim) ? claim : `${claim}.`;
}

function judged(report: Report): string[] {
  const facts = judgedFacts(report);
  if (facts.length === 0) return [];
  // A scenario has no gateway of the reader's that ours could be taken for.
  const isWarning = report.kind === 'verify' && facts.some(({ isLoud }) => isLoud);
  const level = isWarning ? 'warning' : 'notice';
  const text = facts.map(({ name, text: what }) => `${name}: ${what}`).join('\n');
  return [command(level, 'what was judged', text)];
}

function explanations(report: Report): string[] {
  if (report.kind !== 'verify') return [];
  const { hitRate, cause, comparisons } = report.result;
  const weak = weakControl(comparisons);
  const says = comparisonLines(report.result);
  return present([
    ...contradictions(report.result).map((it) => command('warning', 'contradiction', it)),
    cause && command('warning', `cause: ${cause.id}`, causeLines(causeText(cause)).join('\n')),
    weak && command('warning', 'weak control', weak),
    hitRate && command('notice', 'hit rate', hitSentence(hitRate)),
    says.length > 0 && command('notice', 'comparisons', says.join('\n')),
  ]);
}

function command(level: string, title: string, message: string): string {
  return `::${level} title=${escapeProperty(title)}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
