import { describe, expect, it } from 'vitest';
import { preferredInstance, rankMatches } from '../../src/protocol/preferred.ts';

const match = (instanceId: string, matchedTokens: number) => ({ instanceId, matchedTokens });

describe('the preferred instance', () => {
  it('is the one with the longest match, wherever it stands', () => {
    const matches = [match('a', 256), match('b', 512), match('c', 0)];
    expect(preferredInstance(matches)?.instanceId).toBe('b');
  });

  it('is the smallest id among equals, in any order', () => {
    expect(preferredInstance([match('b', 5), match('a', 5)])?.instanceId).toBe('a');
    expect(preferredInstance([match('a', 5), match('b', 5)])?.instanceId).toBe('a');
  });

  it('is none when nobody holds anything', () => {
    expect(preferredInstance([])).toBeUndefined();
  });

  it('leaves the list it was given as it was', () => {
    const matches = [match('b', 1), match('a', 2)];
    rankMatches(matches);
    expect(matches[0]?.instanceId).toBe('b');
  });
});
