import { parseDuration } from '../../base/duration.ts';
import { simulateError } from '../errors.ts';

const ACTIONS = ['fail', 'recover', 'add', 'drain'] as const;

/**
 * What happens to an engine at a time. `fail`: it dies with its cache and all that it was serving; `recover`: it is
 * back, empty. `add`: it is not there before, and starts empty; `drain`: it gets no more requests and ends
 * those it has.
 */
export interface FleetEvent {
  atMs: number;
  action: (typeof ACTIONS)[number];
  engineId: string;
}

/**
 * `60s:fail=engine-a,90s:recover=engine-a`, in any order.
 * @throws KvcacheError FLEET_EVENT_INVALID (kind usage)
 */
export function parseFleetEvents(text: string, engineIds: readonly string[]): FleetEvent[] {
  const events = text.split(',').map((part) => eventOf(part.trim(), engineIds));
  return events.toSorted((a, b) => a.atMs - b.atMs);
}

function eventOf(part: string, engineIds: readonly string[]): FleetEvent {
  const [, time = '', action = '', engineId = ''] = /^([^:]*):([^=]*)=(.*)$/.exec(part) ?? [];
  const atMs = parseDuration(time.trim());
  const known = ACTIONS.find((it) => it === action.trim());
  if (atMs === undefined || atMs < 0 || known === undefined) {
    throw invalid(`"${part}" is not TIME:ACTION=ENGINE, the action one of ${ACTIONS.join(', ')}`);
  }
  if (!engineIds.includes(engineId)) throw invalid(`no engine is called "${engineId}"`);
  return { atMs, action: known, engineId };
}

function invalid(problem: string) {
  return simulateError('FLEET_EVENT_INVALID', {
    message: `--events cannot be used: ${problem}.`,
  });
}
