import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenFloor } from '../../../src/gateway/policies/token-floor.ts';
import { encodeChat } from '../../helpers/encode-chat.ts';
import { wordTokenizer } from '../../../mocks/kv/tokens.ts';
import { viewPrompt } from '../../../src/protocol/openai.ts';

const floorOf = (json: string, path = '/v1/chat/completions'): number =>
  tokenFloor(viewPrompt(Buffer.from(json), path)!);
const chatOf = (content: string): string =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });
const tokensOf = (content: string): number =>
  encodeChat(wordTokenizer, [{ role: 'user', content }]).length;

/** As Python's `json.dumps` writes it: nothing beyond ASCII. */
const escaped = (json: string): string =>
  json.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

describe('the least a prompt can have in tokens', () => {
  it('is never more than the prompt really has, however it is written', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('hello world. ', '👨‍👩‍👧‍👦', '🇩🇪🇫🇷', 'élève été ', "don't ", '  \n\n\t', '═══════'),
      fc.constantFrom(
        '中文字符',
        'привет мир ',
        'snake_case_word ',
        '"quoted\\"',
        'नमस्ते ',
        'e\u0301e\u0301',
      ),
    );
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (content) => {
        const tokens = tokensOf(content);
        expect(floorOf(chatOf(content))).toBeLessThanOrEqual(tokens);
        expect(floorOf(escaped(chatOf(content)))).toBe(floorOf(chatOf(content)));
      }),
      { numRuns: 150 },
    );
  });

  it('is most of an English text', () => {
    const text = 'The index tells which endpoint was sent which blocks of a prompt. '.repeat(20);
    expect(floorOf(chatOf(text))).toBe(20 * 13);
  });

  // What tokenizers with 200,000 entries make of them: one token each.
  it.each(["it's", 'élève', 'snake_case', '──────', 'привет', '\u0041\u0042'])(
    'is no more than one for %s',
    (word) => expect(floorOf(escaped(chatOf(word)))).toBeLessThanOrEqual(1),
  );

  it('counts no roles, ids or thoughts, which templates may leave out', () => {
    const message = {
      role: 'assistant',
      reasoning_content: 'a long thought that is not shown again',
      content: 'two words',
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
    };
    expect(floorOf(JSON.stringify({ model: 'm', messages: [message] }))).toBe(2);
  });

  it('counts what stands before the messages', () => {
    const tools = [{ type: 'function', function: { name: 'search', description: 'find a page' } }];
    const messages = [{ role: 'user', content: 'hi' }];
    expect(floorOf(JSON.stringify({ messages, tools }))).toBe(
      1 + 'function search find a page'.split(' ').length,
    );
    const system = [{ type: 'text', text: 'you are terse', cache_control: { type: 'ephemeral' } }];
    expect(floorOf(JSON.stringify({ system, messages }), '/v1/messages')).toBe(4);
  });

  it('counts a text prompt', () => {
    expect(floorOf(JSON.stringify({ prompt: 'one two three' }), '/v1/completions')).toBe(3);
  });
});
