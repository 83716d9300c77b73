import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { send } from '../helpers/mock-fleet.ts';
import {
  contractPath,
  contractText,
  LEGACY_STATES,
  readContract,
} from './differential/legacy-contract.ts';
import { LEGACY_DECLARED } from './differential/legacy-declared.ts';
import { HELD } from './differential/legacy-requests.ts';
import { recordAnswers, undeclaredBetween } from './differential/recorded.ts';
import { NEW_LMCACHE, newLmcache, OLD_LMCACHE, oldLmcache } from './lmcache-peers.ts';
import { type LmcacheProcess, START_MS, startLmcache } from './lmcache-process.ts';

/** Writes what the real part answers over the fixtures instead of comparing with them. */
const isRecording = process.env['KVCACHE_INTEROP_RECORD'] === '1';

const PEERS = [
  { version: OLD_LMCACHE, peer: oldLmcache },
  { version: NEW_LMCACHE, peer: newLmcache },
];

for (const { version, peer } of PEERS) {
  describe.skipIf(peer.missing !== undefined)(`LMCache ${version} legacy controller`, () => {
    let real: LmcacheProcess | undefined;
    beforeAll(async () => {
      real = await startLmcache(peer.missing === undefined ? peer.python : '');
    }, START_MS + 10_000);
    afterAll(() => real?.[Symbol.asyncDispose]());

    for (const { name, requests, startMock } of LEGACY_STATES) {
      it(`that ${name} answers as our mock and as recorded`, async () => {
        const controller = real!;
        const { url } = controller;
        if (name === 'knows a fleet') {
          // Registered in the order of their names, whoever holds something first.
          for (const instance of ['engine-a', 'engine-b', 'engine-c']) {
            await controller.admit({ instance, location: 'LocalCPUBackend', tokens: [] });
          }
          for (const holding of HELD) await controller.admit(holding);
          await untilListed(url, 3);
        }
        const answers = await recordAnswers(url, requests);
        expect(answers.length).toBeGreaterThanOrEqual(45);
        const mock = await startMock(version);
        const mocked = await recordAnswers(mock.url, requests);
        await mock.close();
        expect(undeclaredBetween(answers, mocked, LEGACY_DECLARED)).toEqual([]);
        if (isRecording) writeFileSync(contractPath(version, name), contractText(answers));
        const contract = readContract(version, name);
        expect(undeclaredBetween(contract, answers, [])).toEqual([]);
      });
    }
  });
}

/** Lists of all workers are kept for half a minute, where there are any. */
async function untilListed(url: string, count: number): Promise<void> {
  const isListed = await pollUntil(
    async () => {
      const { status, json } = await send(`${url}/controller/workers`);
      return status === 404 || json.total_count === count ? true : undefined;
    },
    { clock: systemClock, deadlineMs: 60_000 },
  );
  if (isListed !== true) throw new Error('the LMCache controller does not list its workers');
}
