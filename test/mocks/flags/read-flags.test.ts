import { describe, expect, it } from 'vitest';
import { readMockFlags } from '../../../mocks/flags/read-flags.ts';
import { startEngine } from '../../../mocks/parity/fleet.ts';
import { systemClock } from '../../../src/base/clock.ts';

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
