import type { Outcome } from '../base/outcome.ts';
import { headline, judgements } from './headline.ts';
import type { Report } from './model.ts';

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
      const text = `${claim} Expected ${expected}, got ${actual}.${remedy === '' ? '' : ` → ${remedy}`}`;
      return [command(LEVELS[outcome], `${outcome}: ${id}`, text)];
    },
  );
  const verdict = `${report.outcome.toUpperCase()}: ${headline(report)}`;
  return [...problems, command('notice', report.title, verdict)].map((it) => `${it}\n`).join('');
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
