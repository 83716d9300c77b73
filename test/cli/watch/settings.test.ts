import { describe, expect, it } from 'vitest';
import { watchSettings } from '../../../src/cli/watch/settings.ts';
import type { CliContext } from '../../../src/cli/shell/context.ts';

type Given = Record<string, string | string[]>;

const settingsOf = (flags: Given) =>
  watchSettings({ color: false, vllm: ['http://a:1', 'http://b:1'], ...flags }, {
    env: {},
    cwd: '/there',
  } as unknown as CliContext);

describe('what a watch goes by', () => {
  it.each<[Given, object]>([
    [{}, { isByDay: false, baselinePath: undefined, historyPath: undefined }],
    [{ baseline: 'usual.json' }, { isByDay: false, baselinePath: '/there/usual.json' }],
    [{ history: 'day.json' }, { isByDay: false, historyPath: '/there/day.json' }],
    [
      { baseline: 'yesterday', history: 'day.json', window: '40m', interval: '1m' },
      { isByDay: true, baselinePath: undefined, historyPath: '/there/day.json' },
    ],
  ])('of %j', (flags, wanted) => {
    expect(settingsOf(flags)).toMatchObject(wanted);
  });

  it.each<[Given, RegExp]>([
    [{ baseline: 'yesterday' }, /where yesterday is kept/],
    [{ baseline: 'yesterday', history: 'day.json', window: '41m' }, /too few values/],
  ])('is refused for %j', (flags, says) => {
    const refused = expect.objectContaining({
      code: 'FLAG_INVALID',
      message: expect.stringMatching(says),
    });
    expect(() => settingsOf(flags)).toThrow(refused);
  });
});

describe('KV events to be followed', () => {
  it('belong to the engines in their order, or to the one they name', () => {
    const { targets } = settingsOf({
      engine: ['c=http://c:1'],
      kvEvents: ['http://a:2/e', 'c=tcp://c:5557,replay=tcp://c:5558', 'http://b:2/e'],
    });
    expect(targets.kvEvents).toEqual([
      { endpointId: 'engine-a', url: 'http://a:2/e', replay: '', topic: '' },
      { endpointId: 'c', url: 'tcp://c:5557', replay: 'tcp://c:5558', topic: '' },
      { endpointId: 'engine-b', url: 'http://b:2/e', replay: '', topic: '' },
    ]);
    expect(() => settingsOf({ kvEvents: ['x=http://a:2/e'] })).toThrow('No engine has the id x');
  });
});
