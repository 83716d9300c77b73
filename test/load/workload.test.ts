import { describe, expect, it } from 'vitest';
import { hash32 } from '../../src/base/random.ts';
import { commonPrefix, estimateTokens, fitWords, type Tokenize } from '../../src/load/prompts.ts';
import { chatBody, requestSource } from '../../src/load/requests.ts';
import { prepareWorkload, type WorkloadSpec } from '../../src/load/workload.ts';
import { encodeChat } from '../helpers/encode-chat.ts';
import { wordTokenizer } from '../../mocks/kv/tokens.ts';

const tokenize: Tokenize = (messages) => Promise.resolve(encodeChat(wordTokenizer, messages));
const text = (messages: readonly { content: string }[]) => messages.map((m) => m.content).join('|');

function prepare(spec: WorkloadSpec, runId = 'run') {
  return prepareWorkload(spec, { runId, seed: 1, tokenize, tokenizer: 'engine' });
}

function take<T>(next: () => T | undefined, count: number): T[] {
  return Array.from({ length: count }, next).filter((it) => it !== undefined);
}

describe('fitWords', () => {
  it('finds the smallest word count that reaches the target', async () => {
    expect(await fitWords(100, (words) => Promise.resolve(words + 7))).toBe(93);
    expect(await fitWords(100, (words) => Promise.resolve(Math.floor(words * 1.3)))).toBe(77);
    expect(await fitWords(5, (words) => Promise.resolve(words + 50))).toBe(1);
  });
});

describe('unique prompts', () => {
  it('have the length asked for and differ inside the first block', async () => {
    const { next, certificate } = await prepare({ kind: 'unique', promptTokens: 300 });
    expect(certificate).toMatchObject({ promptTokensMin: 300, isParity: true });
    expect(certificate.templateFloorTokens).toBeLessThan(16);
    expect(certificate.sharedTokens).toBeUndefined();
    const tokens = await Promise.all(take(next, 50).map(({ messages }) => tokenize(messages)));
    const blocks = tokens.map((ids) => ids.slice(0, 16).join());
    expect(new Set(blocks).size).toBe(50);
  });

  it('repeat for the same run id only', async () => {
    const first = async (runId: string) =>
      text((await prepare({ kind: 'unique', promptTokens: 50 }, runId)).next()!.messages);
    expect(await first('a')).toBe(await first('a'));
    expect(await first('a')).not.toBe(await first('b'));
  });
});

describe('shared-prefix prompts that take a new beginning after some', () => {
  const GROUPS = 6;
  const REUSE = 4;
  const spec = {
    kind: 'shared-prefix',
    promptTokens: 700,
    sharedTokens: 500,
    groups: GROUPS,
  } as const;
  const groupsOf = async (reuse?: number) =>
    take((await prepare({ ...spec, reuse })).next, 240).map(({ group }) => group);

  it('give each as many prompts, and never one after it was replaced', async () => {
    const groups = await groupsOf(REUSE);
    const counts = [...new Set(groups)].map((group) => groups.filter((it) => it === group).length);
    expect(Math.max(...counts)).toBe(REUSE);
    expect(counts.filter((it) => it < REUSE).length).toBeLessThanOrEqual(2 * GROUPS);
    for (const group of new Set(groups)) {
      const span = groups.lastIndexOf(group) - groups.indexOf(group);
      expect(span).toBeLessThan(REUSE * GROUPS);
    }
  });

  it('offer the same reuse all the time, and turns that chime with no number of engines', async () => {
    const groups = await groupsOf(REUSE);
    const isNew = groups.map((group, at) => groups.indexOf(group) === at);
    const rounds = Array.from({ length: 38 }, (_, round) =>
      isNew.slice(12 + 6 * round, 18 + 6 * round),
    );
    expect(Math.max(...rounds.map((it) => it.filter(Boolean).length))).toBeLessThan(GROUPS / 2);
    const engineOf = new Map<string, Set<number>>();
    groups.forEach((group, at) =>
      engineOf.set(group, (engineOf.get(group) ?? new Set()).add(at % 3)),
    );
    expect([...engineOf.values()].some((it) => it.size > 1)).toBe(true);
  });

  it('keep theirs for good without a bound', async () => {
    expect(new Set(await groupsOf()).size).toBe(GROUPS);
  });
});

describe('shared-prefix prompts', () => {
  const spec = {
    kind: 'shared-prefix',
    promptTokens: 700,
    sharedTokens: 500,
    groups: 8,
  } as const;

  it('share whole chunks within a group and nothing across', async () => {
    const { next, certificate } = await prepare(spec);
    expect(certificate.sharedTokens).toBeGreaterThanOrEqual(512);
    expect(certificate.sharedTokens).toBeLessThan(512 + 16);
    expect(certificate).toMatchObject({ expectedHitTokens: 512, expectedChunkTokens: 512 });
    expect(certificate.isParity).toBe(true);
    const prompts = take(next, 16);
    const ids = await Promise.all(prompts.map(({ messages }) => tokenize(messages)));
    expect(prompts[0]!.group).toBe(prompts[8]!.group);
    expect(commonPrefix(ids[0]!, ids[8]!)).toBe(certificate.sharedTokens);
    expect(commonPrefix(ids[0]!, ids[1]!)).toBeLessThan(16);
  });
});

/** Four template tokens ahead and two behind; a word is one token, or two, or three. */
const smallVocabulary: Tokenize = (messages) =>
  Promise.resolve([
    1,
    2,
    3,
    4,
    ...messages.flatMap(({ content }) =>
      content.split(' ').flatMap((word) => {
        const id = hash32(word);
        return [id, id + 1, id + 2].slice(0, 1 + (id % 3));
      }),
    ),
    5,
    6,
  ]);

describe('prompts of words that are not one token each', () => {
  const options = {
    runId: 'run',
    seed: 1,
    tokenize: smallVocabulary,
    tokenizer: 'engine',
  } as const;

  it.each([256, 512, 1024])(
    'share at least the %i tokens asked for, in every group',
    async (shared) => {
      const spec = {
        kind: 'shared-prefix',
        promptTokens: 600,
        sharedTokens: shared,
        groups: 8,
      } as const;
      const { next, certificate } = await prepareWorkload(spec, { ...options, blockTokens: 128 });
      expect(certificate).toMatchObject({
        blockTokens: 128,
        isBlockAssumed: false,
        expectedHitTokens: shared,
        expectedChunkTokens: shared,
        isParity: true,
      });
      const ids = await Promise.all(
        take(next, 48).map(({ messages }) => smallVocabulary(messages)),
      );
      expect(new Set(ids.map(({ length }) => length)).size).toBe(1);
      for (const [index, tokens] of ids.slice(8).entries()) {
        expect(commonPrefix(ids[index % 8]!, tokens)).toBeGreaterThanOrEqual(shared);
      }
    },
  );

  it('are equally long and unlike each other where they share nothing', async () => {
    const spec = { kind: 'unique', promptTokens: 300 } as const;
    const { next, certificate } = await prepareWorkload(spec, options);
    expect(certificate).toMatchObject({ isParity: true, blockTokens: 16, isBlockAssumed: true });
    expect(certificate.promptTokensMax).toBeLessThan(306);
    const ids = await Promise.all(take(next, 300).map(({ messages }) => smallVocabulary(messages)));
    expect(new Set(ids.map((tokens) => tokens.slice(0, 16).join())).size).toBe(300);
  });

  it('stay unlike each other however short', async () => {
    const { next } = await prepare({ kind: 'unique', promptTokens: 1 });
    const prompts = take(next, 2000).map(({ messages }) => text(messages));
    expect(new Set(prompts).size).toBe(2000);
  });
});

describe('chats', () => {
  it('repeat everything before them, one turn of each conversation after the other', async () => {
    const { next } = await prepare({ kind: 'chat', turnTokens: 40, turns: 3, sessions: 2 });
    const prompts = take(next, 7);
    expect(prompts.map(({ session }) => session)).toEqual([
      'chat-0',
      'chat-1',
      'chat-0',
      'chat-1',
      'chat-0',
      'chat-1',
      'chat-2',
    ]);
    expect(prompts.map(({ messages }) => messages.length)).toEqual([1, 1, 3, 3, 5, 5, 1]);
    expect(prompts[2]!.messages.slice(0, 1)).toEqual(prompts[0]!.messages);
    expect(prompts[4]!.messages.slice(0, 3)).toEqual(prompts[2]!.messages);
  });
});

describe('mixed prompts', () => {
  it('follow their weights', async () => {
    const { next } = await prepare({
      kind: 'mixed',
      parts: [
        { weight: 1, spec: { kind: 'fixed', prompt: 'hi' } },
        { weight: 3, spec: { kind: 'unique', promptTokens: 30 } },
      ],
    });
    const fixed = take(next, 400).filter(({ group }) => group === 'fixed').length;
    expect(Math.abs(fixed - 100)).toBeLessThan(40);
  });
});

describe('given prompts', () => {
  const prompts = ['a', 'b'].map((content) => ({
    messages: [{ role: 'user' as const, content }],
    group: '',
  }));

  it('come in turn, again and again or once', async () => {
    const endless = await prepare({ kind: 'prompts', prompts, repeat: true });
    expect(take(endless.next, 3).map(({ messages }) => text(messages))).toEqual(['a', 'b', 'a']);
    const once = await prepare({ kind: 'prompts', prompts, repeat: false });
    expect(take(once.next, 3)).toHaveLength(2);
  });
});

describe('request bodies', () => {
  const shape = { model: 'm', maxTokens: 16, stream: true, extra: { cache_salt: 's' } };

  it('ask for a stream with usage, at temperature 0', () => {
    const prompt = { messages: [{ role: 'user' as const, content: 'hi' }], group: '' };
    expect(chatBody(prompt, shape)).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      max_tokens: 16,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
      cache_salt: 's',
    });
    expect(chatBody({ ...prompt, outputTokens: 99 }, shape)).toMatchObject({ max_tokens: 99 });
  });

  it('are serialised once for a prompt that repeats', async () => {
    const { next } = await prepare({ kind: 'fixed', prompt: 'hi' });
    const source = requestSource(next, shape);
    expect(source()!.body).toBe(source()!.body);
  });
});

describe('estimateTokens', () => {
  it('counts words and shows common beginnings', async () => {
    const [a, b] = await Promise.all(
      ['one two three', 'one two four'].map((content) =>
        estimateTokens([{ role: 'user', content }]),
      ),
    );
    expect(a!.length).toBe(7);
    expect(commonPrefix(a!, b!)).toBe(4);
  });
});
