import { describe, expect, it } from 'vitest';
import { parsePromptFile } from '../../src/load/prompt-file.ts';
import { parseTrace, tracePacer, tracePrompts } from '../../src/load/trace.ts';

const TRACE = `
{"timestamp": 3000, "input_length": 1030, "output_length": 20, "hash_ids": [1, 2, 4]}
{"timestamp": 1000, "input_length": 600, "output_length": 5, "hash_ids": [1, 3]}
`;

describe('Mooncake trace', () => {
  it('replays arrivals from the first, sorted, at any speed', () => {
    const requests = parseTrace(TRACE, 't.jsonl');
    expect(requests.map(({ timestampMs }) => timestampMs)).toEqual([0, 2000]);
    expect([0, 1, 2].map(tracePacer(requests, 2))).toEqual([0, 1000, undefined]);
  });

  it('makes prompts as long as recorded that share what their ids share', () => {
    const prompts = tracePrompts(parseTrace(TRACE, 't.jsonl'), 'run');
    const [short, long] = [prompts.at(0), prompts.at(1)];
    expect([prompts.length, prompts.at(2)]).toEqual([2, undefined]);
    const words = (prompt: typeof short) => prompt!.messages[0]!.content.split(' ');
    expect([words(short).length, words(long).length]).toEqual([600, 1030]);
    expect(words(short).slice(0, 512)).toEqual(words(long).slice(0, 512));
    expect(words(short).slice(512, 520)).not.toEqual(words(long).slice(512, 520));
    expect([short!.outputTokens, long!.outputTokens]).toEqual([5, 20]);
  });

  it.each([
    ['nope', 1, 'not JSON'],
    ['{"timestamp": 0, "output_length": 1}', 1, '"input_length" must be a number'],
    ['{"timestamp": 0, "input_length": 0, "output_length": 1}', 1, '"input_length" must be 1'],
    ['\n{"timestamp": 0, "input_length": 1, "output_length": 1, "hash_ids": ["x"]}', 2, 'hash_ids'],
    ['null', 1, 'must be a number'],
    ['', 1, 'holds no request'],
  ])('refuses %j with its place', (text, line, problem) => {
    const parse = () => parseTrace(text, 't.jsonl');
    expect(parse).toThrow(
      expect.objectContaining({ code: 'TRACE_INVALID', where: `t.jsonl:${line}:1` }),
    );
    expect(parse).toThrow(problem);
  });
});

describe('prompt file', () => {
  it('takes text, prompts and messages', () => {
    const lines = [
      'plain text',
      '',
      '{"prompt": "p"}',
      '{"messages": [{"role":"user","content":"m"}]}',
    ];
    const contents = parsePromptFile(lines.join('\n'), 'p').map(({ messages }) => messages);
    expect(contents.map((messages) => messages[0]!.content)).toEqual(['plain text', 'p', 'm']);
  });

  it.each([
    ['{"prompt": 3}', 'p:1:1'],
    ['a\n{"messages": []}', 'p:2:1'],
    ['{broken', 'p:1:1'],
    ['\n\n', 'p:1:1'],
  ])('refuses %j at %s', (text, where) => {
    expect(() => parsePromptFile(text, 'p')).toThrow(
      expect.objectContaining({ code: 'PROMPT_FILE_INVALID', where }),
    );
  });
});
