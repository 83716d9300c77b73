import { describe, expect, it } from 'vitest';
import { readTrace } from '../../src/traces/read-trace.ts';
import { rowLines } from './rows.ts';

const idTokensOf = (rows: readonly [number, number[]][], given?: number) =>
  readTrace(rowLines(rows), 't', given).idTokens?.tokens;

describe('tokens per id', () => {
  it.each([
    [
      '16 of exact lengths',
      [
        [64, [1, 2, 3, 4]],
        [64, [1, 2, 9, 10]],
      ],
      16,
    ],
    [
      '512 where the last id is partial',
      [
        [1030, [1, 2, 4]],
        [600, [1, 3]],
      ],
      512,
    ],
    [
      '64',
      [
        [130, [1, 2, 3]],
        [65, [1, 9]],
      ],
      64,
    ],
    [
      '528, the one size that fits',
      [
        [1057, [1, 2, 3]],
        [1056, [1, 2]],
        [527, [1]],
      ],
      528,
    ],
    ['100 where no power of two fits', [[1000, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]], 100],
    [
      '16 where ids are of whole blocks only',
      [
        [47, [1, 2]],
        [50, [1, 2, 3]],
        [95, [1, 2, 3, 4, 5]],
      ],
      16,
    ],
    [
      'whatever the longest has where each has one id',
      [
        [30, [1]],
        [50, [2]],
      ],
      50,
    ],
  ] as [string, [number, number[]][], number][])('are read: %s', (_, rows, expected) => {
    expect(idTokensOf(rows)).toBe(expected);
  });

  it('are unknown without ids', () => {
    expect(readTrace(rowLines([[64, []]]), 't').idTokens).toBeUndefined();
  });

  it('can be given', () => {
    expect(
      idTokensOf(
        [
          [600, [1, 2]],
          [40, [3]],
        ],
        512,
      ),
    ).toBe(512);
    expect(idTokensOf([[35, [1, 2]]], 16)).toBe(16);
  });

  it.each([
    [
      'too many ids',
      [
        [64, [1, 2, 3, 4]],
        [64, [1, 2]],
      ],
      undefined,
      't:2:1',
    ],
    [
      'too few',
      [
        [600, [1, 2]],
        [1030, [1, 2, 3]],
        [9000, [1, 2, 3]],
      ],
      undefined,
      't:3:1',
    ],
    ['more ids than tokens', [[3, [1, 2, 3, 4, 5]]], undefined, 't:1:1'],
    [
      'other than given',
      [
        [64, [1, 2, 3, 4]],
        [600, [1, 2]],
      ],
      16,
      't:2:1',
    ],
    ['other than given, first', [[64, [1, 2, 3, 4]]], 512, 't:1:1'],
  ] as [string, [number, number[]][], number | undefined, string][])(
    'refuse a row with %s',
    (_, rows, given, where) => {
      expect(() => idTokensOf(rows, given)).toThrow(
        expect.objectContaining({ code: 'TRACE_INVALID', where }),
      );
    },
  );

  it.each([
    [[[600, [1, 2]]], '300 to 599'],
    [
      [
        [1056, [1, 2]],
        [528, [1]],
      ],
      '528 to 1055',
    ],
    [
      [
        [1000, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
        [999, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
      ],
      '100 to 110',
    ],
  ] as [[number, number[]][], string][])('are asked for where several fit: %j', (rows, span) => {
    expect(() => idTokensOf(rows)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(span),
        remedy: expect.stringContaining('--tokens-per-id'),
      }),
    );
  });
});

describe('forms of traces', () => {
  it('reads Mooncake in milliseconds, from the first arrival', () => {
    const trace = readTrace(
      '{"timestamp": 3000, "input_length": 1030, "output_length": 20, "hash_ids": [1, 2, 4]}\n\n' +
        '{"timestamp": 1000, "input_length": 600, "output_length": 0, "hash_ids": [1, 3], "session_id": 7}\r\n',
      't',
    );
    expect(trace.format).toBe('Mooncake');
    expect(trace.rows).toMatchObject([
      { where: 't:3:1', atMs: 0, outputTokens: 1, session: '7' },
      { where: 't:1:1', atMs: 2000, outputTokens: 20, session: undefined },
    ]);
  });

  it('reads texts and messages of Mooncake rows as they are', () => {
    const { rows } = readTrace(
      '{"timestamp": 0, "text_input": "hi", "output_length": 3}\n' +
        '{"timestamp": 5, "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]}',
      't',
    );
    expect(rows.map(({ prompt }) => prompt)).toEqual([
      { kind: 'messages', messages: [{ role: 'user', content: 'hi' }] },
      {
        kind: 'messages',
        messages: [
          { role: 'system', content: 's' },
          { role: 'user', content: 'u' },
        ],
      },
    ]);
    expect(rows.map(({ outputTokens }) => outputTokens)).toEqual([3, undefined]);
  });

  it('reads Bailian in seconds, turns as sessions', () => {
    const row = (chat: number, parent: number, at: number, ids: number[]) =>
      JSON.stringify({
        chat_id: chat,
        parent_chat_id: parent,
        timestamp: at,
        input_length: 16 * ids.length - 3,
        output_length: 9,
        type: 'text',
        turn: 1,
        hash_ids: ids,
      });
    const lines = [
      row(55, -1, 60.5, [1, 2, 3]),
      row(159, 55, 61.114, [1, 2, 3, 4]),
      row(7, 3, 62, [9]),
    ];
    const { format, rows, idTokens } = readTrace(lines.join('\n'), 't');
    expect([format, idTokens?.tokens]).toEqual(['Bailian', 16]);
    expect(rows.map(({ atMs }) => Math.round(atMs))).toEqual([0, 614, 1500]);
    expect(rows.map(({ session }) => session)).toEqual(['55', '55', '3']);
  });

  it('refuses agents that nest without an end', () => {
    const nested = '{"type":"subagent","agent_id":"x","requests":['.repeat(5_000);
    const head = '{"id":"a","models":["m"],"block_size":64,"hash_id_scope":"local","requests":[';
    const text = `${head}${nested}${']}'.repeat(5_000)}]}`;
    expect(() => readTrace(text, 't')).toThrow(expect.objectContaining({ code: 'TRACE_INVALID' }));
  });

  it('reads Weka with its block size, ids of its own and subagents', () => {
    const request = (t: number, input: number, ids: number[]) => ({
      t,
      type: 's',
      model: 'm',
      in: input,
      out: 5,
      hash_ids: ids,
    });
    const conversation = (id: string) => ({
      id,
      models: ['m'],
      block_size: 64,
      hash_id_scope: 'local',
      requests: [
        request(0, 130, [1, 2]),
        { t: 1, type: 'subagent', agent_id: 'x', requests: [request(1.5, 64, [1])] },
        request(2, 200, [1, 2, 3]),
      ],
    });
    const both = [conversation('a'), conversation('b')];
    const trace = readTrace(JSON.stringify(both[0], null, 1), 't');
    expect([trace.format, trace.idTokens?.tokens]).toEqual(['Weka', 64]);
    expect(trace.rows.map(({ atMs, session }) => [atMs, session])).toEqual([
      [0, 'a'],
      [1500, 'a/x'],
      [2000, 'a'],
    ]);
    const lines = readTrace(both.map((it) => JSON.stringify(it)).join('\n'), 't');
    const firstIds = lines.rows.map(({ prompt }) => prompt.kind === 'lengths' && prompt.ids[0]);
    expect(new Set(firstIds).size).toBe(2);
  });

  it('reads BurstGPT and Azure as lengths only', () => {
    const burst = readTrace(
      'Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\r\n' +
        '5.5,,1,ChatGPT,472,18,490,API log\r\n45,12,3,GPT-4,1087,230,1317,Conversation log\r\n',
      't.csv',
    );
    expect(burst).toMatchObject({ format: 'BurstGPT', idTokens: undefined });
    expect(burst.rows).toMatchObject([
      { atMs: 0, session: undefined, prompt: { inputTokens: 472, ids: [] }, outputTokens: 18 },
      { atMs: 39_500, session: '12', prompt: { inputTokens: 1087 }, where: 't.csv:3:1' },
    ]);
    const azure = readTrace(
      'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8',
      't.csv',
    );
    expect(azure.format).toBe('Azure');
    expect(azure.rows.map(({ atMs }) => Math.round(atMs))).toEqual([0, 52]);
  });

  it.each([
    ['[{"timestamp": 0, "input_length": 4, "output_length": 1}]', 1],
    ['{\n"timestamp": 0, "input_length": 4, "output_length": 1\n}', 1],
    ['[{"timestamp": 0, "input_length": 4},\n{"timestamp": 1, "input_length": 5}]', 2],
  ])('reads one JSON document: %j', (text, count) => {
    expect(readTrace(text, 't').rows).toHaveLength(count);
  });

  it.each([
    ['{"timestamp": 0,', 't:1:1', 'not JSON'],
    ['{"timestamp": 0, "input_length": 4}\n{', 't:2:1', 'not JSON'],
    ['{"timestamp": 0, "hash_ids": [1]}', 't:1:1', '"input_length" must be a number'],
    [
      '{"timestamp": 0, "input_length": 0}',
      't:1:1',
      '"input_length" must be a whole number from 1',
    ],
    ['{"timestamp": 0, "input_length": 1.5}', 't:1:1', '"input_length" must be a whole'],
    ['{"timestamp": -1, "input_length": 1}', 't:1:1', '"timestamp" must be a number'],
    ['{"input_length": 1}', 't:1:1', '"timestamp" must be a number'],
    ['{"timestamp": 0, "input_length": 1, "output_length": "x"}', 't:1:1', '"output_length"'],
    ['\n{"timestamp": 0, "input_length": 1, "hash_ids": [null]}', 't:2:1', 'hash_ids'],
    ['{"timestamp": 0, "input_length": 1, "hash_ids": [9007199254740993]}', 't:1:1', 'below 2^53'],
    ['{"timestamp": 0, "input_length": 1, "text_input": "a"}', 't:1:1', 'exclude each other'],
    [
      '{"timestamp": 0, "messages": [{"role": "user", "content": [{}]}]}',
      't:1:1',
      'role and a text',
    ],
    [
      '{"timestamp": 0, "messages": [{"role": "user", "content": "a"}], "tools": []}',
      't:1:1',
      '"tools"',
    ],
    ['{"timestamp": 0, "payload": {}, "input_length": 3}', 't:1:1', '"payload"'],
    [
      '{"session_id": "a", "delay": 5, "input_length": 3}',
      't:1:1',
      '"delay" counts from the answer',
    ],
    [
      '{"timestamp": 0, "message_mode": "delta", "messages": [{"role": "user", "content": "a"}]}',
      't:1:1',
      'delta',
    ],
    ['{"conversations": []}', 't:1:1', 'ShareGPT'],
    ['{"foo": 1, "bar": 2}', 't:1:1', 'has the members foo, bar'],
    ['null', 't:1:1', 'no known form'],
    ['[1, 2]', 't, entry 1', 'a JSON object is wanted'],
    ['[]', 't:1:1', 'holds no request'],
    ['', 't:1:1', 'holds no request'],
    ['\n \n', 't:1:1', 'holds no request'],
    ['a,b\n1,2', 't:2:1', 'has the members a, b'],
    ['Timestamp,Request tokens,Response tokens\n1,2', 't:2:1', '2 fields'],
    ['Timestamp,Request tokens,Response tokens\n1,x,2', 't:2:1', '"Request tokens"'],
    ['TIMESTAMP,ContextTokens,GeneratedTokens\nnoon,1,2', 't:2:1', 'a date and a time'],
  ])('refuses %j at %s', (text, where, problem) => {
    const read = () => readTrace(text, 't');
    expect(read).toThrow(expect.objectContaining({ code: 'TRACE_INVALID', where }));
    expect(read).toThrow(problem);
  });
});
