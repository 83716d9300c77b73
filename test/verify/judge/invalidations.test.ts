import { describe, expect, it } from 'vitest';
import type { Invalidation } from '../../../src/verify/result/result.ts';
import { HIT_TOKENS, PROMPT_TOKENS, TIMED_OUT } from '../measured.ts';
import { resultOf, type World } from '../run-result.ts';

function codesOf(world: World): Invalidation['code'][] {
  const { invalidations, outcome } = resultOf(world);
  expect(outcome === 'invalid').toBe(invalidations.length > 0);
  return invalidations.map(({ code }) => code);
}

describe('what makes a run worthless', () => {
  it('is nothing where all is as it should be', () => {
    expect(codesOf({ arms: 'ABCDNP' })).toEqual([]);
  });

  it('are new prompts that come from a cache, not those that share the chat template', () => {
    const cached = (cachedTokens: number): World => ({
      arms: 'AC',
      change: ({ arm }) => (arm === 'A' ? { cachedTokens } : {}),
    });
    expect(codesOf(cached(HIT_TOKENS))).toEqual(['warm-leftovers']);
    expect(codesOf(cached(16))).toEqual([]);
  });

  it('are not told by a source that is not believed', () => {
    const source = {
      source: 'cached-tokens' as const,
      compared: 8,
      agreed: 0,
      contradiction: 'both',
    };
    const world: World = {
      arms: 'AC',
      change: ({ arm }) => (arm === 'A' ? { cachedTokens: HIT_TOKENS } : {}),
      ledger: (it) => (it.trust = { ...it.trust, sources: [{ ...source, isTrusted: false }] }),
    };
    expect(codesOf(world)).toEqual([]);
  });

  it('are more than a tenth of an arm failed', () => {
    const failing = (places: number): World => ({
      change: ({ arm, place }) => (arm === 'C' && place < places ? TIMED_OUT : {}),
    });
    expect(codesOf(failing(1))).toEqual([]);
    expect(codesOf(failing(2))).toEqual(['too-many-errors']);
  });

  it('are prompts of other length through the gateway than straight', () => {
    const longer = (arms: string, tokens: number): World => ({
      change: ({ arm }) => (arms.includes(arm) ? { promptTokens: PROMPT_TOKENS + tokens } : {}),
    });
    expect(codesOf(longer('ABC', 50))).toEqual(['prompt-rewritten']);
    expect(codesOf(longer('ABC', 20))).toEqual([]);
    expect(codesOf(longer('A', 90))).toEqual(['unequal-load']);
  });

  it('is an overloaded generator', () => {
    const item = {
      id: 'client-cpu' as const,
      level: 'invalid' as const,
      text: 'CPU 0.9, bound 0.6.',
    };
    const world: World = { ledger: (it) => (it.audit = [{ ...it.audit[0]!, ...item }]) };
    const { invalidations, audit } = resultOf(world);
    expect(invalidations).toMatchObject([{ code: 'generator-overload' }]);
    expect(invalidations[0]!.reason).toContain('CPU 0.9, bound 0.6.');
    expect(audit!.isTrustworthy).toBe(false);
  });

  it('is the same arm measured twice and found different', () => {
    const slower: World = {
      arms: 'CN',
      rounds: 8,
      perBlock: 12,
      change: ({ arm }) => (arm === 'N' ? { ttftMs: 14 } : {}),
    };
    expect(codesOf(slower)).toEqual(['null-comparison-differs']);
    expect(codesOf({ ...slower, change: () => ({}) })).toEqual([]);
  });

  it('says why, with figures and what to do', () => {
    const { headline, invalidations } = resultOf({
      change: ({ arm }) => (arm === 'C' ? TIMED_OUT : {}),
    });
    expect(invalidations[0]!.reason).toContain('routing on (C) 32 of 32');
    expect(invalidations[0]!.remedy).not.toBe('');
    expect(headline).toBe(`The run must not be trusted: ${invalidations[0]!.reason}`);
  });
});
