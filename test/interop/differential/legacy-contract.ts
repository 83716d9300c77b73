import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../helpers/exec.ts';
import { startLegacyFleet } from './legacy-mock.ts';
import { LEGACY_FLEET_REQUESTS, LEGACY_REQUESTS } from './legacy-requests.ts';
import { startLoneController } from './lone-controller.ts';
import type { RecordedAnswer } from './recorded.ts';
import type { WireRequest } from './wire-request.ts';

/** What a legacy controller knows when it is asked. */
export interface LegacyState {
  name: 'knows nobody' | 'knows a fleet';
  requests: readonly WireRequest[];
  startMock: (version: string) => Promise<{ url: string; close(): Promise<void> }>;
}

export const LEGACY_STATES: readonly LegacyState[] = [
  {
    name: 'knows nobody',
    requests: LEGACY_REQUESTS,
    startMock: (version) => startLoneController({ lmcache: version }),
  },
  { name: 'knows a fleet', requests: LEGACY_FLEET_REQUESTS, startMock: startLegacyFleet },
];

/** Where the answers of the real part are kept; the interop suite writes them when it is told to record. */
export function contractPath(version: string, state: LegacyState['name']): string {
  const file = `lmcache-${version}-legacy-${state.replaceAll(' ', '-')}.json`;
  return join(ROOT, 'fixtures/contract', file);
}

export function readContract(version: string, state: LegacyState['name']): RecordedAnswer[] {
  return JSON.parse(readFileSync(contractPath(version, state), 'utf8')) as RecordedAnswer[];
}

/** One answer a line, so that a change of the real part reads as one. */
export function contractText(answers: readonly RecordedAnswer[]): string {
  return `[\n${answers.map((it) => JSON.stringify(it)).join(',\n')}\n]\n`;
}
