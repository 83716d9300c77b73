import { expect, it } from 'vitest';
import {
  COORDINATOR_DECLARED,
  readCoordinatorContract,
  recordCoordinator,
} from '../../../interop/differential/coordinator-contract.ts';
import { startLoneController } from '../../../interop/differential/lone-controller.ts';
import { undeclaredBetween } from '../../../interop/differential/recorded.ts';

it('the mock coordinator answers as LMCache 0.5.6 was recorded to', async () => {
  const contract = readCoordinatorContract();
  expect(contract.length).toBeGreaterThan(200);
  const mock = await startLoneController({ api: 'coordinator' });
  const answers = await recordCoordinator(mock.url);
  await mock.close();
  expect(answers).toHaveLength(contract.length);
  expect(undeclaredBetween(contract, answers, COORDINATOR_DECLARED)).toEqual([]);
});
