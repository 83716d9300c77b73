import { describe, expect, it } from 'vitest';
import { choicesOf } from '../../src/protocol/chat-output.ts';

const of = (choice: object) => choicesOf({ choices: [choice] })!;

describe('choicesOf', () => {
  it.each([
    ['an answer', { message: { content: 'x' } }],
    ['a chunk', { delta: { content: 'x' } }],
    ['a completion', { text: 'x' }],
    ['parts', { delta: { content: [{ type: 'text', text: 'x' }] } }],
    ['reasoning', { delta: { reasoning: 'x' } }],
    ['reasoning under both names', { delta: { reasoning: 'x', reasoning_content: 'x' } }],
    ['the older name', { delta: { reasoning_content: 'x', content: null } }],
    ['a refusal', { delta: { refusal: 'x' } }],
    ['a tool call', { delta: { tool_calls: [{ index: 0, function: { name: 'x' } }] } }],
    ['its arguments', { delta: { tool_calls: [{ function: { arguments: 'x' } }] } }],
    ['a function call', { delta: { function_call: { name: 'x', arguments: '' } } }],
  ])('reads output from %s', (_, choice) => {
    expect(of(choice)).toMatchObject({ text: 'x', hasToken: true });
  });

  it('tells a token that decodes to nothing from the chunk that opens a stream', () => {
    expect(of({ delta: { role: 'assistant', content: '' } }).hasToken).toBe(false);
    expect(of({ delta: {} }).hasToken).toBe(false);
    expect(of({ delta: { content: '' } })).toMatchObject({ text: '', hasToken: true });
    expect(of({ delta: {}, finish_reason: 'length' })).toMatchObject({
      hasToken: true,
      finished: [0],
      finishReason: 'length',
    });
  });

  it('keeps choices apart', () => {
    const choices = [
      { index: 2, delta: { content: 'b' }, finish_reason: null },
      { index: 0, delta: { content: 'a' }, finish_reason: 'stop' },
    ];
    expect(choicesOf({ choices })).toMatchObject({ text: 'ba', open: [2, 0], finished: [0] });
  });

  it('sees none in what is no answer', () => {
    for (const body of [null, 'text', 7, {}, { choices: 'many' }]) {
      expect(choicesOf(body)).toBeUndefined();
    }
    expect(choicesOf({ choices: [null, 4] })?.open).toEqual([]);
  });
});
