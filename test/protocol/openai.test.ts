import { describe, expect, it } from 'vitest';
import { prefixKeys, viewPrompt } from '../../src/protocol/openai.ts';
import { planTokenize } from '../../src/protocol/tokenize-body.ts';

const CHAT = '/v1/chat/completions';
const viewOf = (value: unknown, path = CHAT) =>
  viewPrompt(Buffer.from(JSON.stringify(value)), path);
const keyOf = (value: unknown, path = CHAT) => viewOf(value, path)?.key;

const messages = [
  { role: 'system', content: 'be brief' },
  { role: 'user', content: 'hello' },
];
const base = { model: 'm', messages };

describe('the key of a prompt', () => {
  it('ignores what only steers sampling', () => {
    const sampled = { ...base, temperature: 0.3, max_tokens: 5, stream: true, seed: 7, user: 'u' };
    expect(keyOf(sampled)).toBe(keyOf(base));
  });

  it.each([
    ['model', { ...base, model: 'n' }],
    ['role', { ...base, messages: [{ role: 'user', content: 'be brief' }, messages[1]] }],
    ['text', { ...base, messages: [messages[0], { role: 'user', content: 'hullo' }] }],
    ['tools', { ...base, tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['template arguments', { ...base, chat_template_kwargs: { enable_thinking: false } }],
    ['generation prompt', { ...base, add_generation_prompt: false }],
    ['an unknown member', { ...base, some_new_member: 1 }],
    ['message split', { ...base, messages: [{ role: 'system', content: 'be brief\nhello' }] }],
  ])('covers %s', (_what, other) => {
    expect(keyOf(other)).not.toBe(keyOf(base));
  });

  it('tells a text prompt from a chat and from a response', () => {
    const keys = [
      keyOf({ model: 'm', prompt: 'x' }, '/v1/completions'),
      keyOf({ model: 'm', messages: 'x' }),
      keyOf({ model: 'm', input: 'x' }, '/v1/responses'),
    ];
    expect(new Set(keys).size).toBe(3);
  });
});

describe('what counts as a prompt', () => {
  it('does not take the input of embeddings for one', () => {
    expect(viewOf({ model: 'm', input: 'x' }, '/v1/embeddings')).toBeUndefined();
  });

  it('finds none in a body that is not JSON', () => {
    expect(viewPrompt(Buffer.from('hello'), CHAT)).toBeUndefined();
  });

  it('marks pictures, but not text that talks about them', () => {
    const picture = [{ type: 'image_url', image_url: { url: 'data:,' } }];
    expect(viewOf({ messages: [{ role: 'user', content: picture }] })?.isMultimodal).toBe(true);
    const text = 'write {"type":"image_url"}';
    expect(viewOf({ messages: [{ role: 'user', content: text }] })?.isMultimodal).toBe(false);
  });
});

describe('keys of message prefixes', () => {
  it('are shared by a chat and its next turn', () => {
    const next = { ...base, messages: [...messages, { role: 'assistant', content: 'hi' }] };
    const [shorter, longer] = [prefixKeys(viewOf(base)!), prefixKeys(viewOf(next)!)];
    expect(longer.slice(0, 2)).toEqual(shorter);
    expect(new Set(longer).size).toBe(3);
  });

  it('differ when the tools differ', () => {
    const other = viewOf({ ...base, tools: [] })!;
    expect(prefixKeys(other)[0]).not.toBe(prefixKeys(viewOf(base)!)[0]);
  });
});

describe('how a prompt is tokenized', () => {
  const planOf = (value: unknown, path: string) => planTokenize(viewOf(value, path)!);
  const bodyOf = (value: unknown, path: string) => {
    const plan = planOf(value, path);
    return plan?.kind === 'send' ? (JSON.parse(plan.body.toString()) as unknown) : plan;
  };

  it('sends a chat as it came', () => {
    const view = viewOf({ ...base, stream: true })!;
    expect(planTokenize(view)).toEqual({ kind: 'send', body: view.body });
  });

  it('takes token ids as they are', () => {
    expect(planOf({ prompt: [1, 2, 3] }, '/v1/completions')).toEqual({
      kind: 'tokens',
      tokens: [1, 2, 3],
    });
    expect(planOf({ prompt: [[4, 5]] }, '/v1/completions')).toMatchObject({ tokens: [4, 5] });
  });

  it('unpacks a batch of one text and leaves larger batches alone', () => {
    expect(bodyOf({ model: 'm', prompt: ['x'] }, '/v1/completions')).toEqual({
      model: 'm',
      prompt: 'x',
    });
    expect(planOf({ prompt: ['x', 'y'] }, '/v1/completions')).toBeUndefined();
  });

  it('rewrites a response as the chat it stands for', () => {
    const input = [
      { role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'ho' }] },
    ];
    const body = bodyOf({ model: 'm', instructions: 'be brief', input }, '/v1/responses');
    expect(body).toMatchInlineSnapshot(`
      {
        "messages": [
          {
            "content": "be brief",
            "role": "system",
          },
          {
            "content": [
              {
                "text": "hi",
                "type": "text",
              },
            ],
            "role": "user",
          },
          {
            "content": [
              {
                "text": "ho",
                "type": "text",
              },
            ],
            "role": "assistant",
          },
        ],
        "model": "m",
      }
    `);
  });

  it.each([
    ['a continued response', { input: 'x', previous_response_id: 'r' }],
    ['tools, whose rendering the engine decides', { input: 'x', tools: [{ type: 'function' }] }],
    ['tool results', { input: [{ type: 'function_call_output', output: 'x' }] }],
  ])('does not guess %s', (_what, value) => {
    expect(planOf({ model: 'm', ...value }, '/v1/responses')).toBeUndefined();
  });
});
