import type { Check, Outcome } from '../base/outcome.ts';
import type { ScenarioEvidence } from './evidence.ts';
import { measure, type Reading } from './measures.ts';
import type { CheckSpec } from './scenario.ts';

/**
 * Judges every check, whatever the others say. An estimate passes when its whole 95 % interval keeps
 * the bounds, fails when all of it breaks one, and decides nothing in between.
 */
export function judgeScenario(
  checks: readonly CheckSpec[],
  evidence: ScenarioEvidence,
  seed: number,
): Check[] {
  return checks.map((check) => {
    const reading = measure(check, evidence, seed);
    const outcome = typeof reading === 'string' ? 'inconclusive' : judge(check, reading, evidence);
    return {
      id: check.id,
      claim: check.claim,
      outcome,
      expected: expectedText(check, typeof reading === 'string' ? 'share' : reading.unit),
      actual: typeof reading === 'string' ? 'nothing to judge' : readingText(reading),
      evidence: typeof reading === 'string' ? reading : evidenceText(reading, outcome),
      remedy: remedyOf(check, outcome),
    };
  });
}

/** Whether nothing that comes after these steps can change how a check comes out. */
export function isDecidedBy(done: ReadonlySet<string>, check: CheckSpec): boolean {
  const { measure: name, steps, against } = check;
  // Both ask the engines once everything was sent.
  if (name === 'blocks-evicted' || name === 'ttft-ratio') return false;
  return [...steps, ...against].every((step) => done.has(step));
}

function judge(check: CheckSpec, reading: Reading, evidence: ScenarioEvidence): Outcome {
  const { atLeast = -Infinity, atMost = Infinity } = check;
  const isPass = reading.low >= atLeast && reading.high <= atMost;
  const isFail = reading.high < atLeast || reading.low > atMost;
  // Late timers delay both sides alike: they can hide a gain, never make one.
  const isGain = (isPass && check.atLeast === undefined) || reading.high < atLeast;
  if (!isGain && areTimersTooLate(check, reading, evidence)) return 'invalid';
  if (isPass) return 'pass';
  return isFail ? 'fail' : 'inconclusive';
}

/** Medians are judged. Timers later at theirs than the difference the bound is about may decide it. */
function areTimersTooLate(
  { atLeast, atMost }: CheckSpec,
  { baseMs }: Reading,
  { timersLateMsP50 }: ScenarioEvidence,
): boolean {
  if (baseMs === undefined) return false;
  return (
    timersLateMsP50 === undefined ||
    timersLateMsP50 > Math.abs(1 - (atLeast ?? atMost ?? 1)) * baseMs
  );
}

function remedyOf({ remedy }: CheckSpec, outcome: Outcome): string {
  if (outcome === 'pass') return '';
  return outcome === 'invalid' ? 'Run it again when the machine is less busy.' : remedy;
}

function evidenceText({ evidence }: Reading, outcome: Outcome): string {
  if (outcome !== 'invalid') return evidence;
  return `${evidence}; the mocks' timers were too late to be trusted, the machine is too busy`;
}

function expectedText({ atLeast, atMost, measure: name, steps }: CheckSpec, unit: Unit): string {
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${show(atLeast, unit)}`]),
    ...(atMost === undefined ? [] : [`≤ ${show(atMost, unit)}`]),
  ];
  return `${name} ${bounds.join(' and ')} (${steps.join(', ')})`;
}

type Unit = Reading['unit'];

function readingText({ value, low, high, unit }: Reading): string {
  const isEstimate = low !== value || high !== value;
  const interval = isEstimate ? ` (95 % ${show(low, unit)} to ${show(high, unit)})` : '';
  return `${show(value, unit)}${interval}`;
}

function show(value: number, unit: Unit): string {
  if (unit === 'share') return `${(value * 100).toFixed(1).replace(/\.0$/, '')} %`;
  return unit === 'ratio' ? `${value.toFixed(2)}×` : String(value);
}
