import type { Outcome } from '../../base/outcome.ts';
import { formatShare } from '../../verify/format.ts';
import type { Comparison } from '../../verify/result-arms.ts';
import type { LoadReport, Report, VerifyReport } from '../model.ts';
import { markup, type Markup } from './markup.ts';

const WORDS: Readonly<Record<Outcome, string>> = {
  pass: '✓ Pass',
  fail: '✗ Fail',
  inconclusive: '? Inconclusive',
  invalid: '⚠ Invalid',
  error: '✗ Error',
};

/** The outcome as sign and word; colour only repeats it. */
export function outcomeBadge(outcome: Outcome): Markup {
  return markup`<span class="badge ${outcome}">${WORDS[outcome]}</span>`;
}

/** What the run came to, in one sentence. */
export function verdictSentence(report: Report): string {
  switch (report.kind) {
    case 'verify':
      return verifySentence(report);
    case 'load':
      return loadSentence(report);
    case 'run':
      return checkSentence(report);
  }
}

function checkSentence({ checks }: Report): string {
  const held = checks.filter((it) => it.outcome === 'pass').length;
  return `${held} of ${checks.length} checks hold.`;
}

const ROUTING: Readonly<Record<Comparison['verdict'], string>> = {
  better: 'Routing by KV cache makes the first token come sooner.',
  'not-worse': 'Routing by KV cache does no harm, but no gain is proven.',
  worse: 'Routing by KV cache makes the first token come later.',
  inconclusive: 'Whether routing by KV cache helps is open.',
  'not-judged': 'Whether routing by KV cache helps was not judged.',
};

function verifySentence(report: VerifyReport): string {
  const [first] = report.result.invalidations;
  if (first) return `This run must not be trusted: ${first.reason}`;
  const gain = report.result.comparisons.find((it) => it.id === 'routing-gain');
  if (!gain) return checkSentence(report);
  return `${ROUTING[gain.verdict]} ${gain.reason}`.trim();
}

function loadSentence({ result }: LoadReport): string {
  return `${result.requests} requests, ${formatShare(result.errorRate)} of them failed.`;
}
