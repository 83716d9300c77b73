import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { examineGatewayConfig } from '../../src/config/load.ts';
import { readShippedConfig } from '../../src/config/shipped.ts';
import { examine, outcomeOfFindings } from '../../src/doctor/doctor.ts';
import { withModel } from '../../src/target/resolve-model.ts';
import type { Targets } from '../../src/target/targets.ts';
import { targetsOf } from '../helpers/targets.ts';
import { perfect, type Rig, type RigOptions, startRig } from '../helpers/verify-rig.ts';

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function examined(
  options: Omit<RigOptions, 'choose'>,
  changes: Partial<Targets> = {},
): Promise<Record<string, string>> {
  rig = await startRig({ choose: perfect, ...options });
  const { engines, controllerUrl } = rig;
  const targets = await withModel(targetsOf({ engines, controllerUrl, ...changes }));
  const findings = await examine({ targets, nonce: 'test', clock: systemClock });
  const worst: Record<string, string> = { outcome: outcomeOfFindings(findings) };
  for (const { id, outcome } of findings) {
    if (worst[id] === undefined || outcome !== 'pass') worst[id] = outcome;
  }
  return worst;
}

const engines = (changes: object): object => ({
  engines: [{ count: 2, profile: 'instant', ...changes }],
});

describe('doctor', () => {
  it('finds nothing wrong with a healthy fleet', async () => {
    const found = await examined({});
    expect(found).toMatchObject({
      outcome: 'pass',
      lookup: 'pass',
      evict: 'pass',
      workers: 'pass',
    });
    expect(Object.values(found)).not.toContain('fail');
  });

  it('tells that instance ids are not endpoint ids', async () => {
    const found = await examined({ endpointIds: ['vllm-1', 'vllm-2'] });
    expect(found).toMatchObject({ outcome: 'fail', 'instance-ids': 'fail', workers: 'fail' });
  });

  it('tells that lookups stay empty', async () => {
    const found = await examined({ fleet: { controller: { hashSeed: 99 } } });
    expect(found).toMatchObject({ outcome: 'fail', lookup: 'fail', 'token-count': 'pass' });
  });

  it('takes unreported cached tokens for unknown, not for missed', async () => {
    const found = await examined({ fleet: engines({ promptTokensDetails: false }) });
    expect(found).toMatchObject({ outcome: 'pass', 'cached-tokens': 'inconclusive' });
  });

  it('tells that the model has no room for two chunks', async () => {
    const found = await examined({ fleet: engines({ profile: { maxModelLen: 400 } }) });
    expect(found).toMatchObject({ 'prompt-length': 'fail' });
    expect(found['outcome']).not.toBe('pass');
  });

  it('tells that a model is not served', async () => {
    const found = await examined({}, { model: 'another' });
    expect(found).toEqual({ outcome: 'error', models: 'error' });
  });

  it('needs no judgement of routing with one engine', async () => {
    const found = await examined({ fleet: { engines: [{ count: 1, profile: 'instant' }] } });
    expect(found).toMatchObject({ outcome: 'inconclusive', 'distinct-engines': 'inconclusive' });
  });

  it('understands the coordinator as well', async () => {
    const found = await examined({ fleet: { controller: { api: 'coordinator' } } });
    expect(found).toMatchObject({ controller: 'pass', lookup: 'pass', 'instance-ids': 'pass' });
  });

  it.each([
    ['the ids of the engines', /mock-llm-/g, 'engine-', { outcome: 'pass' }],
    [
      'other ids',
      /never/,
      '',
      {
        outcome: 'fail',
        severity: 'degrading',
        expected: 'engine-a, engine-b (the controller)',
        actual: 'mock-llm-a, mock-llm-b',
        remedy: expect.stringMatching(
          /No endpoint is called engine-a, engine-b,.*does not know mock-llm-a, mock-llm-b,/,
        ),
      },
    ],
    [
      'one other id',
      /mock-llm-(?=a)/g,
      'engine-',
      {
        outcome: 'fail',
        severity: 'degrading',
        remedy: expect.stringMatching(/is called engine-b,.*does not know mock-llm-b,/),
      },
    ],
    [
      'one more',
      /- ID: "mock-llm-a"/,
      '- { ID: engine-a, llm_meta: {} }\n        - { ID: engine-b, llm_meta: {} }\n        - ID: "engine-c"',
      {
        outcome: 'fail',
        severity: 'hint',
        remedy: expect.stringMatching(/^The controller does not know engine-c, mock-llm-b,/),
      },
    ],
  ])('compares the config with what the controller reports: %s', async (_, from, to, finding) => {
    rig = await startRig({ choose: perfect });
    const { engines, controllerUrl } = rig;
    const file = readShippedConfig('mock.yaml').file;
    const { config } = examineGatewayConfig({
      file,
      text: readShippedConfig('mock.yaml').text.replace(from, to),
    });
    const targets = await withModel(targetsOf({ engines, controllerUrl }));
    const findings = await examine({ targets, config, nonce: 'test', clock: systemClock });
    expect(findings.find((it) => it.id === 'config-ids')).toMatchObject(finding);
  });

  it('says that what was named as the controller is none', async () => {
    rig = await startRig({ choose: perfect });
    const { engines } = rig;
    const targets = await withModel(targetsOf({ engines, controllerUrl: engines[0]!.url }));
    const findings = await examine({ targets, nonce: 'test', clock: systemClock });
    const remedy = expect.stringContaining('Give --lmcache the address');
    expect(findings.at(-1)).toMatchObject({ id: 'controller', outcome: 'error', remedy });
  });
});
