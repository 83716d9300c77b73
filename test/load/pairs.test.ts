import { describe, expect, it } from 'vitest';
import { hash32 } from '../../src/base/random.ts';
import { byteTokenizer, encodeChat } from '../helpers/encode-chat.ts';
import { wordTokenizer } from '../../mocks/kv/tokens.ts';
import { type PairOptions, type PromptPair, PromptPairs } from '../../src/load/pairs.ts';
import { commonPrefix } from '../../src/load/prompts.ts';
import { type Ruler, tokenRuler, usageRuler } from '../../src/load/ruler.ts';

type Encode = (prompt: string) => number[];

/** Seven template tokens, five of them ahead; a word is one token, or two, or three. */
const smallVocabulary: Encode = (prompt) => [
  1,
  2,
  3,
  4,
  5,
  ...prompt.split(' ').flatMap((word) => {
    const id = hash32(word);
    return [id, id + 1, id + 2].slice(0, 1 + (id % 3));
  }),
  6,
  7,
];
const chat =
  (tokenizer: Parameters<typeof encodeChat>[0]): Encode =>
  (content) =>
    encodeChat(tokenizer, [{ role: 'user', content }]);

const TOKENIZERS: Record<string, Encode> = {
  'a word a token': chat(wordTokenizer),
  'a byte a token': chat(byteTokenizer),
  'a small vocabulary': smallVocabulary,
};

/** Rulers that count what they measure. */
const RULERS: Record<string, (encode: Encode) => Ruler> = {
  tokenizer: (encode) => tokenRuler((prompt) => Promise.resolve(encode(prompt))),
  usage: (encode) => usageRuler((prompt) => Promise.resolve(encode(prompt).length)),
};

function fit(ruler: Ruler, changes: Partial<PairOptions> = {}): Promise<PromptPairs> {
  return PromptPairs.fit({ ruler, seed: 1, nonce: 'n', sharedTokens: 1024, ...changes });
}

const sharedOf = (encode: Encode, { prime, measured }: PromptPair): number =>
  commonPrefix(encode(prime), encode(measured));

describe.each(Object.entries(TOKENIZERS))('pairs of %s', (_, encode) => {
  describe.each(Object.entries(RULERS))('measured by %s', (__, rulerOf) => {
    it.each([100, 512, 1024, 2800])('share at least %i tokens, hardly more', async (target) => {
      const pairs = await fit(rulerOf(encode), { sharedTokens: target });
      for (const name of ['a', 'b', 'c']) {
        const shared = sharedOf(encode, pairs.cacheable(name));
        expect(shared).toBeGreaterThanOrEqual(target);
        // By usage the whole template is taken off: 2 % and the template.
        expect(shared).toBeLessThanOrEqual(target * 1.02 + 30);
      }
    });

    it('are equally long, and as long as they say', async () => {
      const pairs = await fit(rulerOf(encode));
      const prompts = ['a', 'b', 'c'].flatMap((name) => [
        ...Object.values(pairs.cacheable(name)),
        ...Object.values(pairs.uncacheable(name)),
        ...Object.values(pairs.partly(name, 0.3)),
        pairs.longer(name).prime,
      ]);
      const lengths = prompts.map((prompt) => encode(prompt).length);
      expect(new Set(lengths)).toEqual(new Set([pairs.promptTokens]));
      const longer = ['a', 'b'].map((name) => encode(pairs.longer(name).measured).length);
      expect(longer[0]).toBe(longer[1]);
      const short = ['a', 'b'].map((name) => encode(pairs.short(name)).length);
      expect(short[0]).toBe(short[1]);
    });
  });

  it('share what is asked for', async () => {
    const pairs = await fit(RULERS['tokenizer']!(encode));
    const { floorTokens, sharedTokens } = pairs;
    for (const [share, low, high] of [
      [0, 0, 0.02],
      [0.25, 0.2, 0.3],
      [0.5, 0.45, 0.55],
      [1, 1, 1.02],
    ] as const) {
      const shared = sharedOf(encode, pairs.partly('g', share)) - floorTokens;
      expect(shared / (sharedTokens - floorTokens)).toBeGreaterThanOrEqual(low);
      expect(shared / (sharedTokens - floorTokens)).toBeLessThanOrEqual(high);
    }
  });
});

describe('pairs', () => {
  const encode = TOKENIZERS['a word a token']!;
  const ruler = RULERS['tokenizer']!(encode);

  it('share no block with another name, in any role', async () => {
    const pairs = await fit(ruler, { sharedTokens: 64 });
    const prompts = Array.from({ length: 200 }, (_, index) => [
      pairs.cacheable(`c${index}`).prime,
      pairs.uncacheable(`c${index}`).prime,
      pairs.uncacheable(`c${index}`).measured,
    ]).flat();
    const firstBlocks = prompts.map((prompt) => encode(prompt).slice(0, 16).join());
    expect(new Set(firstBlocks).size).toBe(prompts.length);
  });

  it('go on differently from the first word behind what they share', async () => {
    const pairs = await fit(ruler, { sharedTokens: 64 });
    for (let index = 0; index < 100; index++) {
      const { prime, measured } = pairs.cacheable(`g${index}`);
      expect(sharedOf(encode, { prime, measured })).toBe(pairs.sharedTokens);
      const none = pairs.uncacheable(`g${index}`);
      expect(none.prime.split(' ')[0]).not.toBe(none.measured.split(' ')[0]);
    }
  });

  it('begin the longer prompt with all of the shorter', async () => {
    const pairs = await fit(ruler);
    const { prime, measured } = pairs.longer('g');
    expect(measured.startsWith(`${prime} `)).toBe(true);
    expect(prime).toBe(pairs.cacheable('g').prime);
  });

  it('are new with a new nonce or seed, and the same with the same', async () => {
    const [one, again] = [await fit(ruler), await fit(ruler)];
    expect(again.cacheable('g')).toEqual(one.cacheable('g'));
    for (const changes of [{ nonce: 'other' }, { seed: 2 }]) {
      const other = await fit(ruler, changes);
      const pair = { prime: one.cacheable('g').prime, measured: other.cacheable('g').prime };
      expect(sharedOf(encode, pair)).toBeLessThan(16);
    }
  });

  it('fit into the model where there is room, however many tokens a word is (F4)', async () => {
    const small = RULERS['tokenizer']!(smallVocabulary);
    const pairs = await fit(small, { sharedTokens: 3900, lengthMax: 4096 });
    const longest = smallVocabulary(pairs.longer('g').measured).length;
    expect(longest).toBeLessThanOrEqual(4096);
  });

  it('never measure a prompt that the model does not take', async () => {
    let longest = 0;
    const ruled = usageRuler((prompt) => {
      const { length } = smallVocabulary(prompt);
      longest = Math.max(longest, length);
      return Promise.resolve(length);
    });
    await fit(ruled, { sharedTokens: 3900, lengthMax: 4096 });
    expect(longest).toBeLessThanOrEqual(4096);
  });

  it('say what would fit', async () => {
    const small = RULERS['tokenizer']!(smallVocabulary);
    const options = { sharedTokens: 4090, lengthMax: 4096 };
    const refused = await fit(small, options).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'PROMPT_TOO_LONG', kind: 'usage' });
    const fitting = Number(/at most (\d+)/.exec((refused as { remedy: string }).remedy)![1]);
    await expect(fit(small, { ...options, sharedTokens: fitting })).resolves.toBeDefined();
    await expect(fit(small, { sharedTokens: 20, lengthMax: 10 })).rejects.toMatchObject({
      code: 'PROMPT_TOO_LONG',
      remedy: expect.stringContaining('too long for this model'),
    });
  });

  it('are refused when no length can be had', async () => {
    const blind = tokenRuler(() => Promise.resolve([1]));
    await expect(fit(blind)).rejects.toMatchObject({ code: 'PROMPT_TOO_SHORT' });
  });
});
