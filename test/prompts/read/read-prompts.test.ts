import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readPrompts } from '../../../src/prompts/read/read-prompts.ts';
import type { PromptRequest } from '../../../src/prompts/request.ts';

/** In pieces that end anywhere. */
function source(text: string | Buffer, pieceBytes = 7) {
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(bytes.subarray(at, at + pieceBytes));
  }
  return { path: 'p.jsonl', chunks: Readable.from(pieces) };
}

async function requestsOf(text: string | Buffer): Promise<PromptRequest[]> {
  const file = await readPrompts(source(text));
  if (file.kind !== 'requests') throw new Error('a trace');
  const found: PromptRequest[] = [];
  for await (const it of file.requests) found.push(it);
  return found;
}

const chat = (content: string) => ({ messages: [{ role: 'user', content }] });
const CHATS = [chat('a "quoted" {brace} \\ and ü'), chat('two\nlines'), chat(']')];

describe('a file of prompts', () => {
  it.each([
    ['lines', CHATS.map((it) => JSON.stringify(it)).join('\n'), [1, 2, 3]],
    ['lines with blanks between', CHATS.map((it) => JSON.stringify(it)).join('\r\n\n'), [1, 3, 5]],
    ['a list', JSON.stringify(CHATS), [1, 1, 1]],
    ['an indented list', JSON.stringify(CHATS, null, 1), [2, 10, 18]],
    ['a byte order mark', `\uFEFF${CHATS.map((it) => JSON.stringify(it)).join('\n')}`, [1, 2, 3]],
  ])('is read from %s, each request with its line', async (_, text, lines) => {
    const found = await requestsOf(text);
    expect(found.map(({ body }) => body)).toEqual(CHATS);
    expect(found.map(({ line }) => line)).toEqual(lines);
    expect(found.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it.each([
    ['nothing', ' \n', 'p.jsonl'],
    ['a torn last line', '{"prompt":"a"}\n{"prompt":', 'p.jsonl:2'],
    ['a text that is cut off', '{"prompt":"a"}\n{"prompt":"b\n{"prompt":"c"}', 'p.jsonl:2'],
    ['what is no JSON', '{"prompt":"a"}\n{"prompt":nonsense}', 'p.jsonl:2'],
    ['words between objects', '{"prompt":"a"}\nhello\n', 'p.jsonl:2'],
    ['a list that never ends', '[{"prompt":"a"}\n', 'p.jsonl:2'],
    ['CSV', 'TIMESTAMP,ContextTokens,GeneratedTokens\n1,2,3', 'p.jsonl:1'],
    ['an unknown form', '{"question":"a"}', 'p.jsonl:1'],
    ['another form further on', '{"prompt":"a"}\n\n{"question":"b"}', 'p.jsonl:3'],
    ['bytes that are no UTF-8', Buffer.from('7b2270726f6d7074223a22ff227d', 'hex'), 'p.jsonl:1'],
  ])('is refused where it is %s', async (_, text, where) => {
    await expect(requestsOf(text)).rejects.toMatchObject({ code: 'PROMPTS_INVALID', where });
  });

  it.each([
    [{ ...chat('x'), model: 'm' }, 'chat', undefined],
    [{ session_id: 's', path: '/v1/messages', body: chat('x') }, 'anthropic', 's'],
    [{ custom_id: '1', url: '/v1/chat/completions', body: chat('x') }, 'chat', undefined],
    [{ system: 'be brief', ...chat('x') }, 'anthropic', undefined],
    [{ input: 'x', session: 7 }, 'responses', '7'],
    [{ prompt: 'x' }, 'completion', undefined],
    [{ text_input: 'x', session_id: 's' }, 'chat', 's'],
  ])('tells whose body %j is', async (body, kind, session) => {
    expect(await requestsOf(JSON.stringify(body))).toMatchObject([{ kind, session }]);
  });

  it('takes every prompt of a batch for a request', async () => {
    const found = await requestsOf(JSON.stringify({ prompt: ['a', 'b'] }));
    expect(found.map(({ body }) => body['prompt'])).toEqual(['a', 'b']);
    expect(await requestsOf(JSON.stringify({ prompt: [1, 2] }))).toHaveLength(1);
  });

  it('reads turns of ShareGPT, and spans of OpenTelemetry in both writings', async () => {
    const talk = [
      { from: 'human', value: 'a' },
      { from: 'gpt', value: 'b' },
      { from: 'human', value: 'c' },
    ];
    const shared = await requestsOf(JSON.stringify({ id: '9', conversations: talk }));
    expect(shared.map(({ session, body }) => [session, body['messages']])).toMatchObject([
      ['9', [{ role: 'user' }]],
      ['9', [{ role: 'user' }, { role: 'assistant' }, { role: 'user' }]],
    ]);
    const messages = [{ role: 'user', parts: [{ type: 'text', content: 'hello' }] }];
    const attributes = {
      'gen_ai.request.model': 'm',
      'gen_ai.conversation.id': 'c1',
      'gen_ai.input.messages': JSON.stringify(messages),
    };
    const listed = Object.entries(attributes).map(([key, stringValue]) => ({
      key,
      value: { stringValue },
    }));
    const span = { name: 'chat m', attributes };
    const exported = {
      resourceSpans: [{ scopeSpans: [{ spans: [{ attributes: listed }, { attributes: [] }] }] }],
    };
    for (const it of [span, exported]) {
      expect(await requestsOf(JSON.stringify(it))).toMatchObject([
        {
          session: 'c1',
          body: { model: 'm', messages: [{ role: 'user', content: [{ text: 'hello' }] }] },
        },
      ]);
    }
  });

  it('reads traces of ids, tokens per id from the file, and refuses what tells no sharing', async () => {
    const rows = [
      { timestamp: 0, input_length: 40, output_length: 1, hash_ids: [1, 2, 3] },
      { timestamp: 1, input_length: 33, output_length: 1, hash_ids: [1, 2, 4] },
    ];
    const lines = rows.map((it) => JSON.stringify(it)).join('\n');
    expect(await readPrompts(source(lines))).toMatchObject({
      kind: 'trace',
      form: 'Mooncake trace',
      idTokens: 16,
    });
    const bare = JSON.stringify({ timestamp: 0, input_length: 40, output_length: 1, hash_ids: [] });
    await expect(readPrompts(source(bare))).rejects.toMatchObject({ code: 'PROMPTS_INVALID' });
  });

  it('gives the rows of a trace before it has read all, and refuses in the end what they did not tell', async () => {
    const row = (input_length: number) =>
      `${JSON.stringify({ timestamp: 0, input_length, output_length: 1, hash_ids: [1, 2] })}\n`;
    let chunks = 0;
    const rowsOf = async (last: string) => {
      async function* pieces(): AsyncGenerator<Buffer> {
        for (chunks = 0; chunks < 20; chunks++) yield Buffer.from(row(32).repeat(1_000));
        yield Buffer.from(last);
      }
      const file = await readPrompts({ path: 't', chunks: pieces() });
      return file as Extract<typeof file, { kind: 'trace' }>;
    };
    const { idTokens, rows } = await rowsOf(row(62));
    expect(idTokens).toBe(16);
    expect(chunks).toBeLessThan(6);
    const count = async (given: typeof rows): Promise<number> => {
      let ids = 0;
      for await (const { prompt } of given) ids += prompt.ids.length;
      return ids;
    };
    await expect(count(rows)).rejects.toMatchObject({
      code: 'TRACE_INVALID',
      message: expect.stringContaining('16 tokens per id, all of them only 31'),
    });
    const long = await rowsOf(row(900));
    await expect(count(long.rows)).rejects.toMatchObject({
      code: 'TRACE_INVALID',
      where: 't:20001',
    });
  });
});
