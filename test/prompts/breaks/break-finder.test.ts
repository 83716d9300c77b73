import { describe, expect, it } from 'vitest';
import { analyzed } from '../prompt-files.ts';
import { firstTurn, NEUTRAL, nextTurn, PLANTED } from './planted.ts';

describe('breaks of prompts', () => {
  it.each(Object.entries(PLANTED))('blames: %s', async (_, [change, culprit, path]) => {
    const changed = nextTurn();
    change(changed);
    const { breaks } = await analyzed([firstTurn(), changed]);
    expect(breaks!.worst).toMatchObject([{ request: 2, continues: 1, culprit, path }]);
    expect(breaks!.lostTokens).toBeGreaterThan(40);
  });

  it.each(Object.entries(NEUTRAL))('lets pass: %s', async (_, change) => {
    const changed = nextTurn();
    change(changed);
    const { breaks } = await analyzed([firstTurn(), changed]);
    expect(breaks!.worst).toEqual([]);
  });
});
