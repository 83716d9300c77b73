import { isRecord } from '../../base/json.ts';
import type { KvcacheError } from '../../base/errors.ts';
import { loadError } from '../../load/errors.ts';
import { parseShard } from '../../base/shard.ts';
import type { ShardFacts } from '../../load/shard/shard-facts.ts';
import type { LoadEnd, LoadHead } from '../build-load.ts';

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => Number.isFinite(value);
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);

function isPart(value: unknown): boolean {
  return (
    isRecord(value) && parseShard(`${String(value['index'])}/${String(value['of'])}`) !== undefined
  );
}

function isClock(value: unknown): boolean {
  return (
    value === null || (isRecord(value) && isNumber(value['offsetMs']) && isNumber(value['boundMs']))
  );
}

/** @throws KvcacheError SAMPLES_INVALID (kind usage) */
export function readHead(record: Record<string, unknown>, path: string): LoadHead {
  const { shard, timeoutMs, comparable, thresholds = [], startedAt } = record;
  const isHead =
    (shard === undefined || isPart(shard)) &&
    isNumber(timeoutMs) &&
    isRecord(comparable) &&
    isText(startedAt) &&
    Array.isArray(thresholds) &&
    thresholds.every(isText);
  if (!isHead) throw invalid(path, 'header');
  return record as unknown as LoadHead;
}

/** @throws KvcacheError SAMPLES_INVALID (kind usage) */
export function readFacts({ shard }: Record<string, unknown>, path: string): ShardFacts {
  const isFacts =
    isPart(shard) &&
    isRecord(shard) &&
    isText(shard['plan']) &&
    isNumber(shard['startAtMs']) &&
    Math.abs(shard['startAtMs'] as number) < DATE_MS_MAX &&
    isClock(shard['clock']) &&
    isTextOrNull(shard['bootId']);
  if (!isFacts) throw invalid(path, 'note on its part');
  return shard as unknown as ShardFacts;
}

/** The last moment that a Date holds. */
const DATE_MS_MAX = 8.64e15;

const COUNTS = ['startMs', 'endMs', 'scheduled', 'started', 'unsent', 'finished', 'failed'];
const CHECK = ['id', 'claim', 'outcome', 'expected', 'actual', 'evidence', 'remedy'];

/** @throws KvcacheError SAMPLES_INVALID (kind usage) */
export function readEnd(record: Record<string, unknown>, path: string): LoadEnd {
  const { phase, checks, audit, planned = null, beganMs = 0, stopReason, prompts } = record;
  const isEnd =
    isPhase(phase) &&
    isListOf(checks, CHECK) &&
    isListOf(audit, ['id', 'level', 'text']) &&
    (planned === null || isNumber(planned)) &&
    isNumber(beganMs) &&
    [stopReason, prompts].every(isTextOrNull);
  if (!isEnd) throw invalid(path, 'end');
  return record as unknown as LoadEnd;
}

/** A shard that never began has none. */
function isPhase(phase: unknown): boolean {
  return phase === undefined || (isRecord(phase) && COUNTS.every((name) => isNumber(phase[name])));
}

function isListOf(value: unknown, texts: readonly string[]): boolean {
  return (
    Array.isArray(value) &&
    value.every((it) => isRecord(it) && texts.every((name) => isText(it[name])))
  );
}

function invalid(path: string, what: string): KvcacheError {
  return loadError('SAMPLES_INVALID', {
    message: `The sample file cannot be read: its ${what} is not one that kvcache wrote.`,
    where: path,
    remedy: 'Hand over a file that --samples wrote, unedited.',
  });
}
