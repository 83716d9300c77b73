import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { commonPrefix } from '../../../src/load/prompts.ts';
import { traceRequests } from '../../../src/simulate/workload/trace-requests.ts';
import { readTrace } from '../../../src/traces/read-trace.ts';
import { conversationRows, fileOf } from '../mooncake-file.ts';

const read = (text: string) => traceRequests(readTrace(text, 't'), 1);

interface Form {
  name: string;
  idTokens: number;
  /** The file's text of rows with such ids and lengths. */
  text: (
    rows: readonly { at: number; input: number; ids: readonly (number | string)[] }[],
  ) => string;
}

const FORMS: Form[] = [
  {
    name: 'Mooncake',
    idTokens: 512,
    text: (rows) =>
      fileOf(
        rows.map(({ at, input, ids }) => ({
          timestamp: at,
          input_length: input,
          output_length: 3,
          hash_ids: ids,
        })),
      ),
  },
  {
    name: 'Bailian',
    idTokens: 16,
    text: (rows) =>
      fileOf(
        rows.map(({ at, input, ids }, index) => ({
          chat_id: index,
          parent_chat_id: -1,
          timestamp: at / 1_000,
          input_length: input,
          output_length: 3,
          hash_ids: ids,
        })),
      ),
  },
  {
    name: 'Weka',
    idTokens: 64,
    text: (rows) =>
      JSON.stringify({
        id: 'c',
        block_size: 64,
        requests: rows.map(({ at, input, ids }) => ({
          t: at / 1_000,
          type: 'n',
          in: input,
          out: 3,
          hash_ids: ids,
        })),
      }),
  },
];

/** Rows that branch off each other at any place; the last id stands for a part of its tokens in some. */
function branching(seed: number, idTokens: number, isNamed: boolean) {
  const random = createRandom(seed);
  const made: (number | string)[][] = [];
  return Array.from({ length: 30 }, (_, index) => {
    const from = made.length > 0 && random.next() < 0.8 ? made[random.int(made.length)]! : [];
    const ids = from.slice(0, random.int(from.length + 1));
    for (let more = random.int(4); more >= 0; more--) {
      const id = random.int(1_000_000);
      ids.push(isNamed ? `block ${id}` : id);
    }
    made.push(ids);
    const missing = index % 3 === 0 ? random.int(idTokens) : 0;
    return { at: index * 10, ids, input: ids.length * idTokens - missing };
  });
}

/** In tokens, as the file says. */
function shared(
  a: { ids: readonly unknown[]; input: number },
  b: typeof a,
  idTokens: number,
): number {
  let ids = 0;
  while (ids < Math.min(a.ids.length, b.ids.length) && a.ids[ids] === b.ids[ids]) ids++;
  return Math.min(ids * idTokens, a.input, b.input);
}

describe('prompts of a trace', () => {
  it.each(FORMS)(
    'share what a $name file says they share, token for token',
    ({ idTokens, text }) => {
      for (const seed of [1, 2, 3]) {
        const rows = branching(seed, idTokens, seed === 2);
        const prompts = read(text(rows)).map((it) => it.tokens());
        expect(prompts.map((it) => it.length)).toEqual(rows.map((it) => it.input));
        for (const [a, left] of rows.entries()) {
          for (const [b, right] of rows.slice(0, a).entries()) {
            expect(commonPrefix(prompts[a] as never, prompts[b] as never)).toBe(
              shared(left, right, idTokens),
            );
          }
        }
      }
    },
  );

  it.each([
    [
      'BurstGPT',
      'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n1,m,70,5,75,x\n1,m,70,5,75,x\n2,m,70,5,75,x',
    ],
    [
      'Azure',
      'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,70,5\n2023-11-16 18:15:47,70,5\n2023-11-16 18:15:48,70,5',
    ],
  ])('of lengths only share nothing (%s)', (_, text) => {
    const prompts = read(text).map((it) => it.tokens());
    expect(prompts.map((it) => it.length)).toEqual([70, 70, 70]);
    expect(commonPrefix(prompts[0] as never, prompts[1] as never)).toBe(0);
    expect(commonPrefix(prompts[1] as never, prompts[2] as never)).toBe(0);
  });

  it('of messages continue each other where the messages do', () => {
    const chat = [
      { role: 'user', content: 'What is a prefix?' },
      { role: 'assistant', content: 'A beginning.' },
      { role: 'user', content: 'Of what?' },
    ];
    const rows = [chat.slice(0, 1), chat].map((messages, index) => ({
      timestamp: index,
      messages,
    }));
    const [first, second] = read(fileOf(rows)).map((it) => it.tokens());
    // All but the generation prompt's end is there again.
    expect(commonPrefix(first as never, second as never)).toBe(first!.length);
  });

  it('do not depend on the order of the rows, nor do their keys', () => {
    const rows = conversationRows(3, 40).map((row) => ({
      ...row,
      timestamp: Math.floor(row.timestamp / 1_000) * 1_000,
    }));
    const told = (list: readonly object[]): string =>
      read(fileOf(list))
        .map((it) => `${it.key} ${it.atMs} ${it.outputTokens} ${it.tokens().join(' ')}`)
        .join('\n');
    expect(told(rows.toReversed())).toBe(told(rows));
    expect(told([...rows.slice(17), ...rows.slice(0, 17)])).toBe(told(rows));
  });
});
