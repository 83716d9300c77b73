import { capacityFacts } from './judged-capacity.ts';
import { calibrateFacts } from './judged-calibrate.ts';
import { loadFacts } from './judged-load.ts';
import { promptsFacts } from './judged-prompts.ts';
import { runFacts } from './judged-run.ts';
import { simulateFacts } from './judged-simulate.ts';
import { verifyFacts } from './judged-verify.ts';
import type { JudgedFact } from './judged-fact.ts';
import type { Report } from './model.ts';
import type { Paint } from './paint.ts';

/** What was judged, before anything is said of it. */
export function judgedFacts(report: Report): JudgedFact[] {
  switch (report.kind) {
    case 'verify':
      return verifyFacts(report);
    case 'load':
      return loadFacts(report);
    case 'capacity':
      return capacityFacts(report);
    case 'run':
      return runFacts(report);
    case 'prompts':
      return promptsFacts(report);
    case 'simulate':
      return simulateFacts(report);
    case 'calibrate':
      return calibrateFacts(report);
  }
}

/** A fact per line, names in one column. */
export function judgedLines(facts: readonly JudgedFact[], paint: Paint): string[] {
  const width = Math.max(...facts.map(({ name }) => name.length));
  return facts.map(
    ({ name, text, isLoud }) =>
      `${paint('dim', name.padEnd(width))}  ${isLoud ? paint('yellow', text) : text}`,
  );
}
