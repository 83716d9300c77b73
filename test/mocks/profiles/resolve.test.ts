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
    [{ constructor: 1 }, 'constructor: no profile has this key'],
    [{ blocks: 0 }, 'blocks: expected a whole number from 1 to 4194304'],
    [{ blocks: 1e12 }, 'blocks: expected a whole number from 1 to 4194304'],
    [{ blockSize: 100_000 }, 'blocks: expected room for at most 268435456 tokens'],
    [{ tier: { chunkTokens: 1.5 } }, 'tier.chunkTokens: expected a whole number of at least 1'],
    [{ tier: { chunks: 2e6 } }, 'tier.chunks: expected room for at most 268435456 tokens'],
    [{ tier: { bytesPerMs: 0 } }, 'tier.bytesPerMs: expected more than 0'],
    [{ jitter: { ttftCv: -1 } }, 'jitter.ttftCv: expected a finite number of at least 0'],
    [{ timing: { stepMs: Infinity } }, 'timing.stepMs: expected a finite number of at least 0'],
    [{ timing: { stepMs: NaN } }, 'timing.stepMs: expected a finite number of at least 0'],
    [{ speedup: 0 }, 'speedup: expected a number from 0.001 to 1000000'],
    [{ maxModelLen: 1e300 }, 'maxModelLen: expected a whole number from 1 to 16777216'],
    [{ maxWaiting: 0 }, 'maxWaiting: expected a whole number of at least 1'],
    [{ queueFullStatus: 500 }, 'queueFullStatus: expected 429 or 503'],
    [{ pinBudget: 2 }, 'pinBudget: expected a number from 0 to 1'],
  ])('refuses %j', (overrides, problem) => {
    expect(() => resolveProfile('instant', overrides)).toThrow(problem);
  });

  it.each(['9b', 'toString'])('names the shipped profiles when asked for %s', (name) => {
    expect(() => resolveProfile(name)).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_PROFILE',
        remedy: expect.stringContaining('8b-h100') as string,
      }) as Error,
    );
  });
});
