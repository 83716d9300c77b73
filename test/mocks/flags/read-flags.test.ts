import { describe, expect, it } from 'vitest';
import { APIS } from '../../../mocks/controller/apis/index.ts';
import { VLLM_VERSIONS } from '../../../mocks/engine/wire/vllm-version.ts';
import { builtinProfiles } from '../../../mocks/profiles/builtin.ts';
import { FLAG_ROWS, writtenFlag } from '../../../mocks/flags/rows.ts';
import { readMockFlags } from '../../../mocks/flags/read-flags.ts';
import { startEngine } from '../../../mocks/parity/fleet.ts';
import { systemClock } from '../../../src/base/clock.ts';

it('help names the profiles, versions and APIs there are', () => {
  const said = (flag: string): string => FLAG_ROWS[flag]!.schema.doc;
  for (const name of Object.keys(builtinProfiles)) expect(said('profile')).toContain(name);
  for (const version of VLLM_VERSIONS) {
    expect(said('vllm')).toContain(version.split('.').slice(0, 2).join('.'));
  }
  for (const name of Object.keys(APIS)) expect(said('api')).toContain(name);
});

it('what a fleet file says is refused beside it, but for seed and speedup', () => {
  const setting = Object.entries(FLAG_ROWS).filter(([, { sets }]) => sets !== undefined);
  const refused = setting.filter(([name, { value, isNegative, schema }]) => {
    const text =
      schema.type === 'number' || schema.type === 'integer'
        ? '1'
        : (schema.oneOf?.[0] ?? schema.shown) || 'x';
    const given = value === undefined ? !isNegative : text;
    try {
      return !readMockFlags('up', { fleet: 'any.yaml', [name]: given }, {});
    } catch (error) {
      return (
        (error as Error).message ===
        `${writtenFlag(name)} does not go with --fleet: the file says it.`
      );
    }
  });
  const beating = setting.filter((it) => !refused.includes(it)).map(([name]) => name);
  expect(beating).toEqual(['seed', 'speedup']);
});

describe('the dialect of a mock', () => {
  it.each([
    ['nothing said', {}, {}, 'real'],
    ['the sample’s variables', {}, { LMCACHE_ADDR: ':0' }, 'parity'],
    ['a blank variable', {}, { LMCACHE_ADDR: ' ' }, 'real'],
    ['a flag of the sample', { role: 'b' }, {}, 'parity'],
    ['a flag of the real wire beats the variables', { engines: '2' }, { LLM_A_ID: 'x' }, 'real'],
    ['the flag itself beats all', { dialect: 'real' }, { LLM_A_ID: 'x' }, 'real'],
    [
      'negative flags that were not given say nothing',
      { servedBy: true },
      { LLM_A_ID: 'x' },
      'parity',
    ],
  ] as const)('%s', (_, flags, env, dialect) => {
    expect(readMockFlags('up', flags, env).dialect).toBe(dialect);
  });

  it('refuses a flag of the other', () => {
    expect(() => readMockFlags('up', { dialect: 'parity', profile: 'instant' }, {})).toThrow(
      '--profile belongs to --dialect real.',
    );
  });
});

it.each([
  [{ LLM_B_ADDR: '127.0.0.1:0' }, 'mock-llm-b'],
  [{ LLM_A_ADDR: '127.0.0.1:0', LLM_B_ID: 'other' }, 'mock-llm-a'],
])('an engine of the sample started by %j is %s', async (env, id) => {
  const engine = await startEngine({ flags: {}, env, clock: systemClock });
  expect(engine.id).toBe(id);
  await engine.close();
});
