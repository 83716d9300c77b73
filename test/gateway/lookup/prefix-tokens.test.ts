import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { viewPrompt } from '../../../src/protocol/openai.ts';
import { commonTokens } from '../../../src/gateway/lookup/common-tokens.ts';
import { PrefixTokens } from '../../../src/gateway/lookup/prefix-tokens.ts';

const tokensOf = (ids: readonly number[]) => ({ json: JSON.stringify(ids), count: ids.length });
const viewOf = (contents: readonly string[]) => {
  const messages = contents.map((content, index) => ({
    role: index === 0 ? 'system' : index % 2 ? 'user' : 'assistant',
    content,
  }));
  return viewPrompt(Buffer.from(JSON.stringify({ model: 'm', messages })), '/v1/chat/completions')!;
};

/** A template that appends: a header by role, a token per character, at the end a generation prompt. */
const appending = (contents: readonly string[]) =>
  tokensOf([
    ...contents.flatMap((text, index) => [
      9_000 + (index === 0 ? 0 : 1 + (index % 2)),
      ...Buffer.from(text),
    ]),
    9_001,
  ]);

/** The first tokens of a template's rendering. */
const firstOf = (contents: readonly string[], count: number) =>
  tokensOf((JSON.parse(appending(contents).json) as number[]).slice(0, count));

describe('tokens two prompts have in common', () => {
  it('are those before the first difference', () => {
    const ids = fc.array(fc.nat(200_000), { maxLength: 30 });
    fc.assert(
      fc.property(ids, ids, ids, (shared, left, right) => {
        const [a, b] = [
          [...shared, ...left],
          [...shared, ...right],
        ];
        let count = 0;
        while (count < Math.min(a.length, b.length) && a[count] === b[count]) count++;
        expect(commonTokens(tokensOf(a), tokensOf(b))).toEqual(tokensOf(a.slice(0, count)));
      }),
    );
  });
});

describe('beginnings of prompts', () => {
  const system = 'you are the support desk of a bakery, and you answer briefly and politely';
  const chat = [system, 'alpha', 'reply', 'bravo', 'reply', 'charlie', 'reply', 'delta'];

  it('are not handed out before two comparisons agreed', () => {
    const prefixes = new PrefixTokens();
    const questions = ['alpha', 'bravo', 'charlie'];
    for (const question of questions.slice(0, 2)) {
      prefixes.learn(viewOf([system, question]), appending([system, question]));
      expect(prefixes.find(viewOf([system, 'zulu']))).toBeUndefined();
    }
    prefixes.learn(viewOf([system, questions[2]!]), appending([system, questions[2]!]));
    // Header, text, header of the next message, less the tokens cut off for safety.
    const count = 1 + system.length + 1 - 24;
    expect(prefixes.find(viewOf([system, 'zulu']))).toEqual({
      messages: 1,
      tokens: firstOf([system], count),
    });
  });

  it('of a growing chat are those of its last known turn, once chats were seen to grow', () => {
    const prefixes = new PrefixTokens();
    for (const length of [2, 4, 6]) {
      prefixes.learn(viewOf(chat.slice(0, length)), appending(chat.slice(0, length)));
    }
    const found = prefixes.find(viewOf(chat))!;
    expect(found.messages).toBe(6);
    const turn = appending(chat.slice(0, 6));
    expect(found.tokens).toEqual(firstOf(chat, turn.count - 24));
  });

  it('of a template that rewrites earlier turns are never handed out', () => {
    const prefixes = new PrefixTokens();
    for (const length of [2, 4, 6]) {
      const ids = JSON.parse(appending(chat.slice(0, length)).json) as number[];
      prefixes.learn(viewOf(chat.slice(0, length)), tokensOf([length, ...ids]));
    }
    expect(prefixes.find(viewOf(chat))).toBeUndefined();
  });

  it('are never more than the prompt really begins with, under an appending template', () => {
    // Some part at once, some only far behind the boundary.
    const text = fc.constantFrom(
      'alpha',
      'bravo',
      `${system} 1`,
      `${system} 2`,
      `${system} 2 and 3`,
    );
    const chats = fc.array(text, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(chats, { maxLength: 20 }), chats, (seen, asked) => {
        const prefixes = new PrefixTokens();
        for (const contents of seen) prefixes.learn(viewOf(contents), appending(contents));
        const found = prefixes.find(viewOf(asked));
        const tokens = found?.tokens ?? tokensOf([]);
        expect(tokens).toEqual(firstOf(asked, tokens.count));
      }),
      { numRuns: 500 },
    );
  });
});
