import { describe, expect, it } from 'vitest';
import { builtinProfiles } from '../../../mocks/profiles/builtin.ts';
import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import { plainNode } from '../../../src/schema/node.ts';
import { resolveProfile } from '../../../mocks/profiles/resolve.ts';

const resolve = (name: string, changes: object): EngineProfile =>
  resolveProfile(name, plainNode(changes, 'profile'));

describe('resolveProfile', () => {
  it('changes only what is overridden, at any depth', () => {
    const profile = resolve('8b-h100', {
      blocks: 99,
      timing: { stepMs: 3 },
      tier: null,
    });
    expect(profile).toEqual({
      ...builtinProfiles['8b-h100'],
      blocks: 99,
      timing: { ...builtinProfiles['8b-h100']!.timing, stepMs: 3 },
      tier: null,
    });
  });

  it.each([
    [{ blockz: 1 }, 'profile has an unknown key "blockz". Did you mean blocks?'],
    [{ timing: { stepMs: '3' } }, 'timing.stepMs must be a number of at least 0, not the text "3"'],
    [{ timing: null }, 'profile.timing must be a map, not null'],
    [{ constructor: 1 }, 'profile has an unknown key "constructor"'],
    [{ blocks: 0 }, 'profile.blocks must be a whole number from 1 to 4194304, not 0'],
    [{ blocks: 1e12 }, 'blocks must be a whole number from 1 to 4194304'],
    [{ blockSize: 100_000 }, 'blocks must leave room for at most 268435456 tokens'],
    [{ tier: { chunkTokens: 1.5 } }, 'tier.chunkTokens must be a whole number of at least 1'],
    [{ tier: { chunks: 2e6 } }, 'tier.chunks must leave room for at most 268435456 tokens'],
    [{ tier: { bytesPerMs: 0 } }, 'tier.bytesPerMs must be a number above 0'],
    [{ jitter: { ttftCv: -1 } }, 'jitter.ttftCv must be a number of at least 0'],
    [{ timing: { stepMs: Infinity } }, 'timing.stepMs must be a number of at least 0'],
    [{ timing: { stepMs: NaN } }, 'timing.stepMs must be a number of at least 0'],
    [{ speedup: 0 }, 'speedup must be a number from 0.001 to 1000000'],
    [{ maxModelLen: 1e300 }, 'maxModelLen must be a whole number from 1 to 16777216'],
    [{ maxWaiting: 0 }, 'maxWaiting must be a whole number of at least 1'],
    [{ queueFullStatus: 500 }, 'queueFullStatus must be 429 or 503'],
    [{ pinBudget: 2 }, 'pinBudget must be a number from 0 to 1'],
  ])('refuses %j', (overrides, problem) => {
    expect(() => resolve('instant', overrides)).toThrow(problem);
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
