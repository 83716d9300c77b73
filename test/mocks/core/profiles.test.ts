import { describe, expect, it } from 'vitest';
import { builtinProfiles } from '../../../mocks/profiles/builtin.ts';
import { resolveProfile } from '../../../mocks/profiles/resolve.ts';

describe('resolveProfile', () => {
  it('changes only what is overridden, at any depth', () => {
    const profile = resolveProfile('8b-h100', { blocks: 99, timing: { stepMs: 3 }, tier: null });
    expect(profile).toEqual({
      ...builtinProfiles['8b-h100'],
      blocks: 99,
      timing: { ...builtinProfiles['8b-h100']!.timing, stepMs: 3 },
      tier: null,
    });
  });

  it.each([
    [{ blockz: 1 }, 'blockz: no profile has this key'],
    [{ timing: { stepMs: '3' } }, 'timing.stepMs: expected a number'],
    [{ timing: null }, 'timing: expected an object'],
    [{ blocks: 0 }, 'blocks: expected a whole number of at least 1'],
    [{ tier: { chunkTokens: 1.5 } }, 'tier.chunkTokens: expected a whole number of at least 1'],
    [{ jitter: { ttftCv: -1 } }, 'jitter.ttftCv: expected 0 or more'],
    [{ speedup: 0 }, 'speedup: expected more than 0'],
    [{ queueFullStatus: 500 }, 'queueFullStatus: expected 429 or 503'],
    [{ pinBudget: 2 }, 'pinBudget: expected at most 1'],
  ])('refuses %j', (overrides, problem) => {
    expect(() => resolveProfile('instant', overrides)).toThrow(problem);
  });

  it('names the shipped profiles when asked for another', () => {
    expect(() => resolveProfile('9b')).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_PROFILE',
        remedy: expect.stringContaining('8b-h100') as string,
      }) as Error,
    );
  });
});
