import { describe, expect, it } from 'vitest';
import { UsageScanner } from '../../../src/gateway/proxy/usage-scanner.ts';

function scan(text: string, cutEvery = text.length) {
  const scanner = new UsageScanner();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cutEvery)
    scanner.push(bytes.subarray(at, at + cutEvery));
  return scanner.usage;
}

const CHAT =
  '{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":8}},"x":1}';
const STREAM =
  'data: {"choices":[{"delta":{"content":"a"}}],"usage":null}\n\n' +
  'data: {"choices":[],"usage" : {"prompt_tokens":5,\r\n"completion_tokens":2}}\n\ndata: [DONE]\n\n';

describe('UsageScanner', () => {
  it.each([1, 2, 3, 5, 7, 11, 64, 1_000])('finds usage cut every %i bytes', (every) => {
    expect(scan(CHAT, every)).toEqual({ promptTokens: 12, completionTokens: 3, cachedTokens: 8 });
    expect(scan(STREAM, every)).toEqual({
      promptTokens: 5,
      completionTokens: 2,
      cachedTokens: undefined,
    });
  });

  it('takes the last of several', () => {
    expect(scan('{"usage":{"prompt_tokens":1}}{"usage":{"prompt_tokens":2}}')?.promptTokens).toBe(
      2,
    );
  });

  it('reads the names of the Responses API', () => {
    const text =
      '{"usage":{"input_tokens":7,"input_tokens_details":{"cached_tokens":0},"output_tokens":1}}';
    expect(scan(text)).toEqual({ promptTokens: 7, completionTokens: 1, cachedTokens: 0 });
  });

  it.each([
    ['text that quotes the key', JSON.stringify({ content: '"usage":{"prompt_tokens":1}' })],
    ['a null', '{"usage":null}'],
    ['a string', '{"usage":"x"}'],
    ['a list', '{"usage":[1]}'],
    ['an object without counts', '{"usage":{"a":{}}}'],
    ['negative counts', '{"usage":{"prompt_tokens":-1}}'],
    ['an object that never ends', `{"usage":{${'"a":1,'.repeat(5_000)}`],
    ['the key as a value', '["usage"]'],
    ['nothing', ''],
  ])('finds none in %s', (_what, text) => {
    for (const every of [1, 3, 1_000]) expect(scan(text, every)).toBeUndefined();
  });

  it('finds a later object after one that never ends', () => {
    const text = `{"usage":{${'"a":1,'.repeat(2_000)} {"usage":{"prompt_tokens":3}}`;
    expect(scan(text, 100)?.promptTokens).toBe(3);
  });
});
