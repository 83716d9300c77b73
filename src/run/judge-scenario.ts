import { formatRange } from '../base/figures.ts';
import { present } from '../base/lists.ts';
import { type Check, type Outcome, settled } from '../base/outcome.ts';
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
    return settled({
      id: check.id,
      claim: check.claim,
      outcome,
      expected: expectedText(check, typeof reading === 'string' ? 'share' : reading.unit),
      actual: typeof reading === 'string' ? 'nothing to judge' : readingText(reading),
      evidence: typeof reading === 'string' ? reading : evidenceText(reading, outcome),
      remedy: outcome === 'invalid' ? 'Run it again when the machine is less busy.' : check.remedy,
    });
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
  const outcome = judgeInterval(check, reading);
  if (reading.baseMs === undefined) return outcome;
  const late = latenessOf(check, evidence);
  if (!late) return 'invalid';
  const widened = {
    low: reading.low - late.lossMs / reading.baseMs,
    high: reading.high + late.gainMs / reading.baseMs,
  };
  if (judgeInterval(check, widened) !== outcome) return 'invalid';
  const { atLeast = -Infinity } = check;
  const isGain = (outcome === 'pass' && check.atLeast === undefined) || reading.high < atLeast;
  const stakeMs = Math.abs(1 - (check.atLeast ?? check.atMost ?? 1)) * reading.baseMs;
  return !isGain && late.maxMs > stakeMs ? 'invalid' : outcome;
}

function judgeInterval(
  { atLeast = -Infinity, atMost = Infinity }: CheckSpec,
  { low, high }: Pick<Reading, 'low' | 'high'>,
): Outcome {
  if (low >= atLeast && high <= atMost) return 'pass';
  return high < atLeast || low > atMost ? 'fail' : 'inconclusive';
}

interface Lateness {
  /** What timers later on the base's side than on the other could pass off as a gain, at worst. */
  gainMs: number;
  /** What timers later on the other side could hide or pass off as a loss. */
  lossMs: number;
  /** Late alike on both sides they make no difference of their own, but drown one. */
  maxMs: number;
}

/** Undefined while it is unknown. Medians are judged, so lateness is that at the median, step by step: no machine is busy evenly. */
function latenessOf(
  { steps, against }: CheckSpec,
  { timersLateMsP50 }: ScenarioEvidence,
): Lateness | undefined {
  const base = against.map((step) => timersLateMsP50[step]);
  const treated = steps.map((step) => timersLateMsP50[step]);
  if (!areKnown(base) || !areKnown(treated)) return undefined;
  return {
    gainMs: Math.max(0, Math.max(...base) - Math.min(...treated)),
    lossMs: Math.max(0, Math.max(...treated) - Math.min(...base)),
    maxMs: Math.max(...base, ...treated),
  };
}

function areKnown(values: readonly (number | undefined)[]): values is readonly number[] {
  return !values.includes(undefined);
}

function evidenceText({ evidence }: Reading, outcome: Outcome): string {
  if (outcome !== 'invalid') return evidence;
  return `${evidence}; the mocks' timers were too late to be trusted, the machine is too busy`;
}

function expectedText({ atLeast, atMost, measure: name, steps }: CheckSpec, unit: Unit): string {
  const bounds = present([
    atLeast !== undefined && `≥ ${show(atLeast, unit)}`,
    atMost !== undefined && `≤ ${show(atMost, unit)}`,
  ]);
  return `${name.replaceAll('-', ' ')} ${bounds.join(' and ')} (${steps.join(', ')})`;
}

type Unit = Reading['unit'];

function readingText({ value, low, high, unit }: Reading): string {
  const isEstimate = low !== value || high !== value;
  const interval = isEstimate
    ? ` (95 %: ${formatRange(show(low, unit), show(high, unit), ' to ')})`
    : '';
  return `${show(value, unit)}${interval}`;
}

function show(value: number, unit: Unit): string {
  if (unit === 'share') return `${(value * 100).toFixed(1).replace(/\.0$/, '')} %`;
  return unit === 'ratio' ? `${value.toFixed(2)}×` : String(value);
}
