import { isRecord } from '../base/json.ts';
import type { FailureClass, Phase, Sample } from './sample.ts';

/** Three centuries: whatever is later is no time of a run. */
const MARK_MS_MAX = 1e13;
/** What the columns of samples hold. */
const COUNT_MAX = 2 ** 31 - 1;

const PHASES: readonly Phase[] = ['warmup', 'measure'];
const FAILURES: readonly FailureClass[] = [
  'timeout',
  'connect',
  'reset',
  'http',
  'protocol',
  'empty',
  'lost',
  'stopped',
];

type Test = (value: unknown) => boolean;

const isMark: Test = (value) => typeof value === 'number' && value >= 0 && value <= MARK_MS_MAX;
const isCount: Test = (value) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= COUNT_MAX;
const isText: Test = (value) => typeof value === 'string';
const orUntold =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);

const TESTS = Object.entries({
  id: isCount,
  phase: (value) => PHASES.includes(value as Phase),
  arm: isText,
  block: isCount,
  group: isText,
  intendedMs: isMark,
  sentMs: isMark,
  firstTokenMs: orUntold(isMark),
  lastTokenMs: orUntold(isMark),
  endMs: isMark,
  itlsMs: (value) => Array.isArray(value) && value.every(isMark),
  promptTokens: orUntold(isCount),
  outputTokens: orUntold(isCount),
  cachedTokens: orUntold(isCount),
  servedBy: orUntold(isText),
  servedBySource: orUntold(isText),
  headerServedBy: orUntold(isText),
  reason: orUntold(isText),
  predictedTokens: orUntold(isCount),
  status: orUntold(isCount),
  finishReason: orUntold(isText),
  failure: orUntold((value) => FAILURES.includes(value as FailureClass)),
  problem: orUntold(isText),
  requestBytes: isCount,
  answerBytes: isCount,
} satisfies Record<keyof Sample, Test>);

/** Why a value is no sample; undefined for one. */
export function sampleProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return 'neither a sample nor a header';
  const wrong = TESTS.find(([name, test]) => !test(value[name]));
  if (wrong) return `no sample has ${JSON.stringify(value[wrong[0]]) ?? 'none'} for ${wrong[0]}`;
  return endsTooSoon(value as unknown as Sample) ? 'it ends before it was due' : undefined;
}

function endsTooSoon({ intendedMs, firstTokenMs, endMs }: Sample): boolean {
  return endMs < intendedMs || (firstTokenMs !== undefined && firstTokenMs < intendedMs);
}
