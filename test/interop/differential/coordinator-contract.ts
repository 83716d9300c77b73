import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../helpers/exec.ts';
import { recordWithChunkNames } from './chunk-names.ts';
import { FLEET_REQUESTS, LONE_REQUESTS } from './coordinator-requests.ts';
import { SERVER_NAME } from './declared.ts';
import type { Declared } from './differences.ts';
import type { RecordedAnswer } from './recorded.ts';

export const COORDINATOR_DECLARED: readonly Declared[] = [SERVER_NAME];

/** Where the answers of the real part are kept; the interop suite writes them when it is told to record. */
export const COORDINATOR_CONTRACT = join(ROOT, 'fixtures/contract/lmcache-0.5.6-coordinator.json');

/** Asks a coordinator that knows nobody everything, then lets a fleet come and go. */
export function recordCoordinator(url: string): Promise<RecordedAnswer[]> {
  return recordWithChunkNames(url, [...LONE_REQUESTS, ...FLEET_REQUESTS]);
}

export function readCoordinatorContract(): RecordedAnswer[] {
  return JSON.parse(readFileSync(COORDINATOR_CONTRACT, 'utf8')) as RecordedAnswer[];
}
