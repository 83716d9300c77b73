import { describe, expect, it } from 'vitest';
import { KvcacheError } from '../../src/base/errors.ts';
import { parseYamlSource } from '../../src/config/yaml-source.ts';
import {
  anything,
  checked,
  choice,
  duration,
  flag,
  integer,
  list,
  map,
  named,
  nullable,
  number,
  object,
  optional,
  required,
  type Schema,
  share,
  tagged,
  text,
} from '../../src/schema/describe.ts';
import { plainOf, type SourceNode } from '../../src/schema/node.ts';
import { readPlain, readStrict, readText, type Refusal, whereIs } from '../../src/schema/strict.ts';

function invalid({ message, where }: Refusal): KvcacheError {
  return new KvcacheError({ kind: 'usage', code: 'TEST_INVALID', message, where, remedy: '' });
}

function plain<T>(schema: Schema<T>, value: unknown): T {
  return readPlain(schema, value, { whole: 'the fleet', invalid });
}

function problemOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof KvcacheError) return `${error.where}| ${error.message}`;
    throw error;
  }
  return 'none';
}

function yaml(source: string): SourceNode {
  return parseYamlSource({ text: source, file: 'mine.yaml' }).root!;
}

const engine = object('An engine.', {
  id: required(text('Its name.')),
  count: integer('How many.', 1, { min: 1, max: 256 }),
  port: optional(integer('Where it listens.', 0, { max: 65_535 }), 'any'),
  isFast: flag('Whether it is fast.', true),
  wait: optional(duration('How long it waits.', { ms: 0, shown: '0' }), ''),
});
const fleet = object('A fleet.', {
  engines: list('The engines.', engine, { min: 1 }),
  api: choice('What it speaks.', ['legacy', 'toy'], 'legacy'),
  controller: optional(nullable(anything('The controller.'))),
});

describe('a value that is as described', () => {
  it('gets its defaults, and what is absent is left out', () => {
    expect(plain(fleet, { engines: [{ id: 'a', port: 80 }] })).toStrictEqual({
      engines: [{ id: 'a', count: 1, port: 80, isFast: true }],
      api: 'legacy',
    });
  });

  it('tells null from absent where null has a meaning', () => {
    expect(plain(fleet, { engines: [{ id: 'a' }], controller: null }).controller).toBeNull();
  });

  it('hands on what is not looked into', () => {
    const { rest } = plain(object('', { rest: anything('') }), { rest: { a: [1, 'x', null] } });
    expect(plainOf(rest!)).toStrictEqual({ a: [1, 'x', null] });
  });

  it('is read from YAML as bare words are meant', () => {
    const node = yaml('engines:\n  - id: a\n    count: 2\n    isFast: false\n    wait: 2s\n');
    expect(readStrict(fleet, node, { whole: 'the fleet', invalid }).engines).toStrictEqual([
      { id: 'a', count: 2, isFast: false, wait: 2_000 },
    ]);
    expect(plainOf(yaml('{a: 1, b: "1", c: yes, d: ~, e: [true, 0x10]}'))).toStrictEqual({
      a: 1,
      b: '1',
      c: 'yes',
      d: null,
      e: [true, 16],
    });
  });
});

it.each([
  [{}, '| engines is missing.'],
  [{ engines: [] }, 'engines| engines must be a list with an entry.'],
  [{ engines: {} }, 'engines| engines must be a list with an entry, not a map.'],
  [{ engines: [3] }, 'engines[0]| engines[0] must be a map, not 3.'],
  [{ engines: [{}] }, 'engines[0]| engines[0].id is missing.'],
  [3, '| the fleet must be a map, not 3.'],
])('a list in %j: %s', (value, problem) => {
  const strict = object('', { engines: required(list('', engine, { min: 1 })) });
  expect(problemOf(() => plain(strict, value))).toBe(problem);
});

it.each([
  [{ id: '' }, 'id must be text that is not empty, not "".'],
  [{ id: 5 }, 'id must be text that is not empty, not 5.'],
  [{ id: 'a', count: 0 }, 'count must be a whole number from 1 to 256, not 0.'],
  [{ id: 'a', count: 1.5 }, 'count must be a whole number from 1 to 256, not 1.5.'],
  [{ id: 'a', count: '3' }, 'count must be a whole number from 1 to 256, not the text "3".'],
  [{ id: 'a', count: null }, 'count must be a whole number from 1 to 256, not null.'],
  [{ id: 'a', port: Number.NaN }, 'port must be a whole number from 0 to 65535, not NaN.'],
  [{ id: 'a', isFast: 'true' }, 'isFast must be true or false, not "true".'],
  [{ id: 'a', wait: 3 }, 'wait must be a duration with its unit, such as 300ms or 2s, not 3.'],
  [{ id: 'a', cuont: 1 }, 'the fleet has an unknown key "cuont". Did you mean count?'],
  [
    { id: 'a', colour: 1 },
    'the fleet has an unknown key "colour". Known here: id, count, port, isFast, wait.',
  ],
])('an engine as %j: %s', (value, problem) => {
  expect(problemOf(() => plain(engine, value)).split('| ')[1]).toBe(problem);
});

describe('maps whose kind decides what they hold', () => {
  const prompts = map(
    'Prompt sets.',
    tagged('One.', 'kind', {
      unique: object('', { tokens: required(integer('', 1)) }),
      chat: object('', { turns: required(integer('', 1)) }),
    }),
  );

  it('keep the other keys beside the kind', () => {
    const read = plain(prompts, { mine: { kind: 'chat', turns: 3 } });
    expect(read).toStrictEqual({ mine: { kind: 'chat', turns: 3 } });
  });

  it.each([
    [{ mine: { kind: 'chat', tokens: 3 } }, 'mine has an unknown key "tokens"'],
    [
      { mine: { kind: 'chatt' } },
      'mine.kind must be one of unique, chat, not "chatt". Did you mean',
    ],
    [{ mine: { turns: 3 } }, 'mine.kind is missing.'],
  ])('as %j: %s', (value, problem) => {
    expect(problemOf(() => plain(prompts, value))).toContain(problem);
  });

  it('or below it', () => {
    const step = named('A step.', { wait: object('', { ms: integer('', 1) }) });
    const read = plain(step, { name: 'wait', config: { ms: 2 } });
    expect(read).toStrictEqual({ name: 'wait', path: '', config: { ms: 2 } });
    expect(problemOf(() => plain(step, { name: 'waitt' }))).toContain(
      'name must be one of wait, not "waitt". Did you mean wait?',
    );
  });
});

it('a rule of the caller’s own is checked where a value is given', () => {
  const span = checked(object('', { from: integer('', 0), to: integer('', 9) }), ({ from, to }) =>
    from > to ? 'must not end before it begins.' : undefined,
  );
  expect(plain(span, {})).toStrictEqual({ from: 0, to: 9 });
  expect(problemOf(() => plain(span, { from: 12 }))).toBe(
    '| the fleet must not end before it begins.',
  );
});

it('places in a file are those of the value, or of the key that is too much', () => {
  const read = (source: string): string =>
    problemOf(() => readStrict(fleet, yaml(source), { whole: 'the fleet', invalid }));
  expect(read('engines:\n  - id: a\n    count: many\n')).toMatch(/^mine\.yaml:3:12\|/);
  expect(read('engines:\n  - id: a\n    cuont: 3\n')).toMatch(/^mine\.yaml:3:5\|/);
  const root = yaml('engines:\n  - id: a\n    count: 3\n');
  expect(whereIs(root, 'engines[0].count')).toBe('mine.yaml:3:5');
  expect(whereIs(root, 'engines[0].port')).toBe('mine.yaml:2:5');
});

describe('texts of flags and variables', () => {
  const read = <T>(schema: Parameters<typeof readText<T>>[0], value: string): T =>
    readText(schema, value, { name: '--x', invalid });
  const positive = number('', 1, { above: 0 });

  it('are read by the same descriptions', () => {
    expect(read(positive, '1.5')).toBe(1.5);
    expect(read(share('', { share: 0, shown: '0' }), '5%')).toBe(0.05);
    expect(read(share('', { share: 0, shown: '0' }), '0.5')).toBe(0.5);
    expect(read(choice('', ['0', '1'], '1'), '0')).toBe('0');
    expect(read(duration('', { ms: 1, shown: '1ms' }), '2s')).toBe(2_000);
  });

  it.each([
    [positive, '0', 'a number above 0, not 0.'],
    [positive, 'Infinity', 'a number above 0, not "Infinity".'],
    [
      share('', { share: 0, shown: '0' }),
      '101%',
      'a share from 0 to 1, or 0% to 100%, not "101%".',
    ],
    [share('', { share: 0, shown: '0' }), '%', 'a share from 0 to 1, or 0% to 100%, not "%".'],
    [choice('', ['0', '1'], '1'), '2', 'one of 0, 1, not 2.'],
    [
      duration('', { ms: 1, shown: '1ms' }, { above: 0 }),
      '0',
      'a duration with its unit and above 0, such as 300ms or 2s, not 0.',
    ],
  ])('%#: %s is refused', (schema, value, problem) => {
    expect(problemOf(() => read(schema as Parameters<typeof readText>[0], value))).toBe(
      `--x| --x must be ${problem}`,
    );
  });

  it('say nothing of what may be a secret', () => {
    const secret = integer('', 1, { secret: true });
    expect(problemOf(() => read(secret, 'hunter2'))).not.toContain('hunter2');
    expect(problemOf(() => read(integer('', 1), 'http://u:p@host'))).not.toContain('u:p');
  });
});
