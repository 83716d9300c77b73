import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KvcacheError } from '../../src/base/errors.ts';
import { readScenario } from '../../src/run/read-scenario.ts';
import { MEASURES, type Scenario } from '../../src/run/scenario.ts';
import { findScenario, listScenarios } from '../../src/run/scenario-files.ts';
import { ROOT } from '../helpers/exec.ts';

const VALID = `name: mine
title: a title
demonstrates: Something.
outcome: Something else.
fleet:
  seed: 7
  model: my-model
  engines:
    - { count: 2, profile: instant }
gateway:
  policy: prefix
  x-kvcache: { routing: { load_weight_tokens: 256 } }
prompts:
  documents: { kind: unique, promptTokens: 512 }
drive:
  - { send: first, prompts: documents, requests: 4 }
  - { event: engine-crash, engine: engine-b, down: 1s }
  - send: again
    prompts: documents
    requests: 4
    order: shuffled
    during:
      - { after: 2, event: index, lag: 300ms, frozen: true }
expect:
  - id: all-answered
    claim: All were answered
    measure: requests-failed
    atMost: 0
    remedy: Look.
`;

function read(text: string): Scenario {
  return readScenario({ text, file: 'mine.yaml' }, {});
}

function errorOf(text: string): KvcacheError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof KvcacheError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('a scenario file', () => {
  it('is read with its defaults', () => {
    const scenario = read(VALID);
    expect(scenario).toMatchObject({ name: 'mine', seed: 7, model: 'my-model' });
    expect(scenario.gateway).toEqual({
      policy: 'prefix',
      endpoint: {},
      filter: {},
      extension: { routing: { load_weight_tokens: 256 } },
    });
    expect(scenario.steps).toEqual([
      {
        kind: 'send',
        name: 'first',
        prompts: 'documents',
        requests: 4,
        concurrency: 1,
        order: 'written',
        maxTokens: 4,
        during: [],
      },
      { kind: 'event', event: { kind: 'engine-crash', engine: 'engine-b', downMs: 1_000 } },
      expect.objectContaining({
        name: 'again',
        order: 'shuffled',
        during: [{ afterRequests: 2, event: { kind: 'index', lagMs: 300, isFrozen: true } }],
      }),
    ]);
    expect(scenario.checks[0]).toMatchObject({ steps: ['first', 'again'], atMost: 0 });
  });

  it.each([
    [
      'an unknown key, with a guess',
      'titel: x\n',
      '',
      /titel.*Did you mean title/,
      'mine.yaml:30:1',
    ],
    ['a key that is missing', '', 'title: a title\n', /title is missing/, 'mine.yaml:1:1'],
    ['a key given twice', 'name: other\n', '', /unique/, 'mine.yaml:30:1'],
  ])('%s', (_what, added, removed, message, where) => {
    const error = errorOf(VALID.replace(removed, '') + added);
    expect(error.kind).toBe('usage');
    expect(error.message).toMatch(message);
    expect(error.where).toBe(where);
  });

  it.each([
    ['profile: instant', 'profile: slow', /profile "slow"/, 'mine.yaml:9:19'],
    ['count: 2', 'cuont: 2', /engines\[0\].*cuont/, 'mine.yaml:9:9'],
    ['policy: prefix', 'policy: prefx', /prefx.*Did you mean prefix/, 'mine.yaml:11:11'],
    ['load_weight_tokens', 'load_weight', /gateway: .*load_weight/, 'mine.yaml:10:1'],
    ['kind: unique', 'kind: uniqe', /Did you mean unique/, 'mine.yaml:14:22'],
    ['promptTokens: 512', 'promptTokens: -1', /promptTokens/, 'mine.yaml:14:44'],
    [
      'requests: 4 }',
      'requests: many }',
      /requests must be a whole number from 1 to 10000, not "many"/,
      'mine.yaml:16:50',
    ],
    [
      'prompts: documents, ',
      'prompts: papers, ',
      /prompts must be one of documents, not "papers"/,
      'mine.yaml:16:29',
    ],
    [
      'engine: engine-b',
      'engine: engine-c',
      /engine must be one of .*, not "engine-c"/,
      'mine.yaml:17:36',
    ],
    ['down: 1s', 'down: 1', /down must be a duration/, 'mine.yaml:17:52'],
    ['after: 2', 'after: 5', /after must be a whole number from 1 to 4/, 'mine.yaml:23:18'],
    ['send: again', 'send: first', /two steps send "first"/, 'mine.yaml:15:1'],
    ['measure: requests-failed', 'measure: requests-lost', /requests-lost/, 'mine.yaml:27:14'],
    ['    atMost: 0\n', '', /neither atLeast nor atMost/, 'mine.yaml:25:5'],
    [
      '    atMost: 0\n',
      '    atMost: 0\n    steps: [never]\n',
      /steps\[0\] must be one of first, again, not "never"/,
      'mine.yaml:29:13',
    ],
  ])('%s → %s is refused at its place', (from, to, message, where) => {
    const error = errorOf(VALID.replace(from, to));
    expect(error).toMatchObject({ kind: 'usage', code: 'SCENARIO_INVALID' });
    expect(error.message).toMatch(message);
    expect(error.remedy).not.toBe('');
    expect(error.where).toBe(where);
  });

  it.each(['', 'a: [', '- 1', 'name: x'])('never throws anything else: %j', (text) => {
    expect(errorOf(text).kind).toBe('usage');
  });
});

describe('scenarios that come with the package', () => {
  const folder = join(ROOT, 'fixtures/scenarios');
  const names = readdirSync(folder).map((file) => file.replace(/\.yaml$/, ''));

  it('are called as their files, and say what they show', async () => {
    const listed = await listScenarios({});
    expect(listed.map(({ name }) => name)).toEqual(['mock', ...names.toSorted()]);
    for (const { summary, demonstrates, outcome } of listed.slice(1)) {
      for (const text of [summary, demonstrates, outcome]) expect(text).toMatch(/\w+/);
    }
  });

  it('are all in the docs, as is every measure', () => {
    const docs = readFileSync(join(ROOT, 'docs/scenarios.md'), 'utf8');
    const rows = (section: string): string => docs.split(`## ${section}\n`)[1]!.split('\n#')[0]!;
    for (const name of names) expect(rows('Shipped')).toContain(`\n| \`${name}\` |`);
    for (const name of MEASURES) expect(rows('Measures')).toContain(`\`${name}\``);
  });

  it('that do not exist are told apart from files', async () => {
    const surroundings = { env: {}, cwd: folder };
    await expect(findScenario('nothing', surroundings)).rejects.toMatchObject({
      code: 'SCENARIO_UNKNOWN',
      remedy: expect.stringContaining('stateful'),
    });
    await expect(findScenario('./nothing.yaml', surroundings)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    });
    expect(await findScenario('./stateful.yaml', surroundings)).toMatchObject({ name: 'stateful' });
  });
});
