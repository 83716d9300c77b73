import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../helpers/exec.ts';
import { changedScenario, type RunDocument, runScenario } from '../helpers/scenarios.ts';

function failedIds({ checks }: RunDocument): string[] {
  return checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
}

/** Each scenario with the change that takes away what it shows, and the check that must notice. */
const NEGATIVES: [name: string, args: () => string[], failing: string][] = [
  ['stateful', () => ['stateful', '--routing', 'random'], 'repeats-served-by-holder'],
  ['multi-turn', () => ['multi-turn', '--routing', 'round-robin'], 'chats-stay'],
  ['shared-prefix', () => ['shared-prefix', '--routing', 'random'], 'groups-stay'],
  ['hot-spot', () => [changedScenario('hot-spot', /tokens: 256/, 'tokens: 0')], 'no-hot-spot'],
  [
    'cache-pressure',
    () => [
      changedScenario('cache-pressure', /blocks: 540, tier: \{ chunks: 32 \}/, 'blocks: 5400'),
    ],
    'predictions-broken',
  ],
  [
    'controller-down',
    () => [changedScenario('controller-down', / +- \{ event: controller-restart \}\n/, '')],
    'routed-again',
  ],
  [
    'controller-stale',
    () => [changedScenario('controller-stale', /lagMs: 600000/, 'lagMs: 0')],
    'lag-hides-holders',
  ],
  [
    'engine-crash',
    () => [changedScenario('engine-crash', /fallback: true/, 'fallback: false')],
    'no-request-unanswered',
  ],
  [
    'short-prompts',
    () => [
      changedScenario(
        'short-prompts',
        /kind: texts\n +texts: .*\n/,
        'kind: unique\n    promptTokens: 1024\n',
      ),
    ],
    'nothing-cached',
  ],
];

describe('what a scenario shows', () => {
  it('every shipped one has a negative here', () => {
    const files = readdirSync(join(ROOT, 'fixtures/scenarios'));
    expect(NEGATIVES.map(([name]) => `${name}.yaml`).toSorted()).toEqual(files.toSorted());
  });

  it.each(NEGATIVES)('%s fails without what it shows', async (_name, args, failing) => {
    const document = await runScenario(...args());
    expect(document.exitCode).toBe(1);
    expect(failedIds(document)).toContain(failing);
    expect(readdirSync(document.workDir!)).toEqual([
      'fleet.log',
      'fleet.yaml',
      'gateway.log',
      'gateway.yaml',
    ]);
  });
});
