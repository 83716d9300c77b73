import { map, number } from '../schema/describe.ts';
import { DayPast, SLOT_MS } from './day-past.ts';
import { watchError } from './errors.ts';
import { type BySeries, readState, type StateKind, writeState } from './state-file.ts';
import type { History } from './watcher.ts';

const HISTORY: StateKind<Record<string, number>> = {
  schema: 'kvcache.watch-history/v1',
  name: 'history',
  values: map('Values by the minute since the Unix epoch.', number('A value.', 0)),
  invalid: 'HISTORY_INVALID',
};

const SLOT_MINUTES = SLOT_MS / 60_000;
/** More than anybody acts on, and a third of what a number may take. */
const DIGITS = 5;

/**
 * The last day as an earlier watch saw it; empty when there is no such file yet.
 * @throws KvcacheError HISTORY_INVALID, and as `readTextFile` (kind usage)
 */
export function readHistory(path: string, windowMs: number): History {
  return eachOf(readState(HISTORY, path, windowMs) ?? {}, (values) => {
    const slots = Object.entries(values).map(([minute, value]) => {
      const slot = Number(minute) / SLOT_MINUTES;
      if (Number.isInteger(slot)) return [slot, value] as const;
      const message = `The history has a value at "${minute}", which is no multiple of ${SLOT_MINUTES} minutes.`;
      throw watchError('HISTORY_INVALID', { message, where: path });
    });
    return new DayPast(slots);
  });
}

/** Throws as the file system does. */
export async function writeHistory(
  path: string,
  { windowMs, history }: { windowMs: number; history: History },
): Promise<void> {
  const series = eachOf(history, ({ values }) => {
    const rounded = [...values].map(
      ([slot, value]) => [slot * SLOT_MINUTES, Number(value.toPrecision(DIGITS))] as const,
    );
    return Object.fromEntries(rounded);
  });
  await writeState(path, HISTORY, { windowMs, series });
}

/** The same by series and subject. */
function eachOf<T, U>(all: BySeries<T>, made: (value: T) => U): BySeries<U> {
  const bySubject = (of: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(of).map(([subject, value]) => [subject, made(value)]));
  return Object.fromEntries(Object.entries(all).map(([id, of]) => [id, bySubject(of)]));
}
