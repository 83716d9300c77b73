import { expect, it } from 'vitest';
import { LEGACY_STATES, readContract } from '../../../interop/differential/legacy-contract.ts';
import { LEGACY_DECLARED } from '../../../interop/differential/legacy-declared.ts';
import { recordAnswers, undeclaredBetween } from '../../../interop/differential/recorded.ts';

// What the real parts answered when `npm run interop` last asked them.
for (const version of ['0.3.9.post2', '0.5.6']) {
  for (const { name, requests, startMock } of LEGACY_STATES) {
    it(`a mock controller that ${name} answers as the one of LMCache ${version}`, async () => {
      const mock = await startMock(version);
      const answers = await recordAnswers(mock.url, requests);
      await mock.close();
      expect(undeclaredBetween(readContract(version, name), answers, LEGACY_DECLARED)).toEqual([]);
    });
  }
}
