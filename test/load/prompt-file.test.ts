import { describe, expect, it } from 'vitest';
import { parsePromptFile } from '../../src/load/prompt-file.ts';

const contentsOf = (text: string) =>
  parsePromptFile(text, 'p').map(({ messages }) => messages.map(({ content }) => content));

const SHARE_GPT = [
  {
    id: 'a',
    conversations: [
      { from: 'human', value: 'one' },
      { from: 'gpt', value: 'two' },
      { from: 'human', value: 'three' },
      { from: 'gpt', value: 'four' },
    ],
  },
  { id: 'b', conversations: [] },
  { id: 'c', conversations: [{ from: 'human', value: 'five' }] },
];

describe('prompt file', () => {
  it('takes text, prompts and messages', () => {
    const lines = [
      'plain text',
      '',
      '{"prompt": "p"}',
      '  {"messages": [{"role":"user","content":"m"}]}\r',
      '[{"role":"system","content":"s"},{"role":"user","content":"u"}]',
    ];
    expect(contentsOf(lines.join('\n'))).toEqual([['plain text'], ['p'], ['m'], ['s', 'u']]);
  });

  it.each(['[INST] hello [/INST]', '{name}, hello', '{{bos}} hi', '[1st of May] hi', 'a {"b": 1}'])(
    'takes the text %s as it is',
    (text) => {
      expect(contentsOf(`${text}\n${text}`)).toEqual([[text], [text]]);
    },
  );

  it.each([
    ['a list in one line', JSON.stringify(SHARE_GPT)],
    ['a list over many lines', JSON.stringify(SHARE_GPT, null, 2)],
    ['one conversation per line', SHARE_GPT.map((it) => JSON.stringify(it)).join('\n')],
  ])('makes a prompt of every human turn of ShareGPT, %s', (_, text) => {
    expect(contentsOf(text)).toEqual([['one'], ['one', 'two', 'three'], ['five']]);
    expect(parsePromptFile(text, 'p')[1]!.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
    ]);
  });

  it('takes a list of prompts', () => {
    expect(
      contentsOf('["a", {"prompt": "b"}, {"messages": [{"role":"user","content":"c"}]}]'),
    ).toEqual([['a'], ['b'], ['c']]);
  });

  it.each([
    ['{"prompt": 3}', 'p, entry 1'],
    ['a\n{"messages": []}', 'p:2:1'],
    ['{"broken', 'p:1:1'],
    ['[\n  {"prompt": "a"},\n', 'p:1:1'],
    ['a\n[{"text": "b"}]', 'p:2:1'],
    ['a\n  ["b", "c"]', 'p:2:1'],
    ['[{"text": "a"}]', 'p, entry 1'],
    ['{"conversations": [{"role": "user", "content": "a"}]}', 'p, entry 1'],
    ['[]', 'p:1:1'],
    ['[[1, 2], [3]]', 'p, entry 1'],
    ['\n\n', 'p:1:1'],
  ])('refuses %j at %s', (text, where) => {
    expect(() => parsePromptFile(text, 'p')).toThrow(
      expect.objectContaining({ code: 'PROMPT_FILE_INVALID', where }),
    );
  });
});
