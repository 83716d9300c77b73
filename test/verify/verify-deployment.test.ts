import { expect, it } from 'vitest';
import { verifyDeployment } from '../../src/verify/verify-deployment.ts';

const NOWHERE = 'http://127.0.0.1:1';

it('refuses what is no address before anything is sent', async () => {
  const wrong = [
    { gatewayUrl: 'gateway:8888' },
    { gatewayUrl: NOWHERE, controllerUrl: 'ftp://controller' },
    { gatewayUrl: NOWHERE, engines: { a: '' } },
  ];
  for (const options of wrong) {
    await expect(verifyDeployment(options)).rejects.toMatchObject({
      kind: 'usage',
      code: 'URL_INVALID',
    });
  }
});

it('has a result for a deployment that does not answer', async () => {
  const engines = { a: NOWHERE, b: NOWHERE };
  const result = await verifyDeployment({ gatewayUrl: NOWHERE, engines, model: 'm' });
  expect(result.outcome).toBe('error');
  expect(result.stopReason).toBe('A precondition is not met.');
  expect(result.preflight.some(({ outcome }) => outcome !== 'pass')).toBe(true);
});

it('plans as the command does, but for what it is told', async () => {
  const { seed, comparable } = await verifyDeployment({
    gatewayUrl: NOWHERE,
    model: 'm',
    depth: 'quick',
    plan: { arms: ['B', 'C'], seed: 7 },
  });
  expect(seed).toBe(7);
  expect(comparable).toMatchObject({ arms: 'BC', design: 'random-blocks', concurrency: 4 });
});
