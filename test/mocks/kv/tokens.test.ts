import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePrompt } from '../../../mocks/kv/chat-tokens.ts';
import { encodeChat } from '../../helpers/encode-chat.ts';
import { SPECIAL, wordTokenizer } from '../../../mocks/kv/tokens.ts';
import { toyTokens } from '../../../mocks/kv/toy-tokens.ts';
import { ID_LIMIT } from '../../../mocks/kv/word-pieces.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', 'Z', '9', '_', ' ', '\n', '\t', '.', 'é', '漢', '😀') }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

describe('word tokenizer', () => {
  it('cuts pieces as documented', () => {
    const text = 'The cache hit rate of HTTP_2  was 98.5%\n\n漢字 internationalisation 😀';
    const pieces = wordTokenizer.encode(text).map((id) => wordTokenizer.tokenText(id));
    expect(pieces).toMatchInlineSnapshot(`
      [
        "The",
        " cache",
        " hit",
        " rate",
        " of",
        " HTTP_",
        "2",
        " ",
        " was",
        " 98",
        ".",
        "5",
        "%",
        "

      ",
        "漢",
        "字",
        " intern",
        "ationa",
        "lisati",
        "on",
        " ",
        "😀",
      ]
    `);
  });

  it('turns any text back from its ids, lone surrogates included', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(wordTokenizer.decode(wordTokenizer.encode(text))).toBe(text);
      }),
    );
  });

  it('keeps ids between the special tokens and 2^31, one piece per id', () => {
    expect(ID_LIMIT).toBeLessThanOrEqual(2 ** 31);
    fc.assert(
      fc.property(anyText, (text) => {
        for (const id of wordTokenizer.encode(text)) {
          expect(id).toBeGreaterThanOrEqual(512);
          expect(id).toBeLessThan(ID_LIMIT);
          expect(wordTokenizer.encode(wordTokenizer.tokenText(id))).toEqual([id]);
        }
      }),
    );
  });

  it('cut after any token, a text encodes to those same tokens', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, cut) => {
        const tokens = wordTokenizer.encode(text);
        const kept = tokens.slice(0, tokens.length === 0 ? 0 : cut % tokens.length);
        expect(wordTokenizer.encode(wordTokenizer.decode(kept))).toEqual(kept);
      }),
      { numRuns: 500 },
    );
  });

  it('shows unknown ids as replacement characters and special ones by name', () => {
    expect(wordTokenizer.tokenText(2 ** 31)).toBe('\uFFFD');
    expect(wordTokenizer.tokenText(SPECIAL.messageStart)).toBe('<|im_start|>');
  });
});

describe('chat template', () => {
  const message = fc.record({
    role: fc.constantFrom('system', 'user', 'assistant'),
    content: anyText,
  });

  it('makes turn k, generation prompt and answer included, a prefix of turn k+1', () => {
    fc.assert(
      fc.property(fc.array(message), anyText, anyText, (history, answer, question) => {
        const turn = encodeChat(wordTokenizer, history);
        const answered = [...turn, ...wordTokenizer.encode(answer), SPECIAL.messageEnd];
        const next = encodeChat(wordTokenizer, [
          ...history,
          { role: 'assistant', content: answer },
          { role: 'user', content: question },
        ]);
        expect(next.slice(0, answered.length)).toEqual(answered);
      }),
    );
  });

  it('tells roles apart and can leave the last message open', () => {
    const user = encodeChat(wordTokenizer, [{ role: 'user', content: 'hi' }]);
    expect(user).not.toEqual(encodeChat(wordTokenizer, [{ role: 'tool', content: 'hi' }]));
    const open = encodeChat(wordTokenizer, [{ role: 'assistant', content: 'well' }], {
      continueFinalMessage: true,
    });
    expect(open.at(-1)).toBe(wordTokenizer.encode('well')[0]);
  });

  it('puts the beginning-of-sequence token before a bare prompt unless told not to', () => {
    expect(encodePrompt(wordTokenizer, 'hi')[0]).toBe(SPECIAL.bos);
    expect(encodePrompt(wordTokenizer, 'hi', false)).toEqual(wordTokenizer.encode('hi'));
  });
});

describe('toy tokens', () => {
  it('follow the sample formula', () => {
    expect(toyTokens(' \n')).toEqual([0]);
    expect(toyTokens('a  bc 😀')).toEqual([98, 199, (0x1f600 % 997) + 3]);
  });
});
