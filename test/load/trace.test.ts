import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonPrefix } from '../../src/load/prompts.ts';
import { tracePacer, tracePrompts } from '../../src/load/trace.ts';
import { readTrace } from '../../src/traces/read-trace.ts';
import { rowLines } from '../traces/rows.ts';

type Rows = [number, number[]][];

function wordsOf(
  rows: Rows,
  { tokensPerId, runId = 'run' }: { tokensPerId?: number; runId?: string },
) {
  const prompts = tracePrompts(readTrace(rowLines(rows), 't', tokensPerId), runId);
  return Array.from({ length: prompts.length }, (_, index) =>
    prompts.at(index)!.messages[0]!.content.split(' '),
  );
}

/** Numbers for words, so that the count of common tokens can be taken. */
function asIds(texts: readonly string[][]): number[][] {
  const known = new Map<string, number>();
  const idOf = (word: string) => {
    if (!known.has(word)) known.set(word, known.size);
    return known.get(word)!;
  };
  return texts.map((words) => words.map(idOf));
}

/** What the file says two requests have in common. */
function sharedIn([a, idsA]: Rows[number], [b, idsB]: Rows[number], tokensPerId: number): number {
  return Math.min(a, b, commonPrefix(idsA, idsB) * tokensPerId);
}

describe('the replay of a trace', () => {
  it('keeps arrivals at any speed', () => {
    const trace = readTrace(
      rowLines([
        [600, []],
        [700, []],
      ]),
      't',
    );
    expect([0, 1, 2].map(tracePacer(trace, 2))).toEqual([0, 500, undefined]);
  });

  it('shares half of what two requests have in common, not all of it', () => {
    const rows: Rows = [
      [64, [1, 2, 3, 4]],
      [64, [1, 2, 9, 10]],
      [64, [11, 12, 13, 14]],
    ];
    const ids = asIds(wordsOf(rows, {}));
    expect(ids.map(({ length }) => length)).toEqual([64, 64, 64]);
    expect(commonPrefix(ids[0]!, ids[1]!)).toBe(32);
    expect(commonPrefix(ids[0]!, ids[2]!)).toBe(0);
  });

  const block = fc.constantFrom(16, 64, 100, 512);
  /** Few ids, so that beginnings are shared, in a tree, with ends of every length. */
  const rowsOf = (tokensPerId: number, endsPartial: boolean) =>
    fc.array(
      fc
        .tuple(fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }), fc.nat(tokensPerId - 1))
        .map(([ids, rest]): Rows[number] => [
          ids.length * tokensPerId + (endsPartial ? -rest : rest),
          ids,
        ]),
      { minLength: 2, maxLength: 12 },
    );

  it.each([true, false])(
    'shares what the file says, token for token (partial ends: %s)',
    (ends) => {
      fc.assert(
        fc.property(
          block.chain((tokensPerId) =>
            fc.tuple(fc.constant(tokensPerId), rowsOf(tokensPerId, ends)),
          ),
          ([tokensPerId, rows]) => {
            const ids = asIds(wordsOf(rows, { tokensPerId }));
            for (const [a, left] of ids.entries()) {
              expect(left.length).toBe(rows[a]![0]);
              for (let b = a + 1; b < ids.length; b++) {
                expect(commonPrefix(left, ids[b]!)).toBe(sharedIn(rows[a]!, rows[b]!, tokensPerId));
              }
            }
          },
        ),
        { numRuns: 60, seed: 1 },
      );
    },
  );

  it('tells a hundred continuations of one beginning apart by their first word', () => {
    const rows = Array.from({ length: 100 }, (_, id): Rows[number] => [32, [7, 100 + id]]);
    const texts = wordsOf(rows, {});
    expect(new Set(texts.map((words) => words[16])).size).toBe(100);
  });

  it('tells thousands apart by their first two', () => {
    const rows = Array.from({ length: 3_000 }, (_, id): Rows[number] => [32, [id, 5_000 + id]]);
    const texts = wordsOf(rows, {});
    expect(new Set(texts.map((words) => words.slice(0, 2).join())).size).toBe(3_000);
  });

  it('shares less than a block with another run', () => {
    const rows = Array.from({ length: 40 }, (_, id): Rows[number] => [64, [id, 1, 2, 3]]);
    const [one, other] = ['a', 'b'].map((runId) => wordsOf(rows, { runId }));
    const heads = new Set(one!.map((words) => words.slice(0, 16).join()));
    expect(other!.filter((words) => heads.has(words.slice(0, 16).join()))).toEqual([]);
  });

  it('makes requests without ids unlike each other', () => {
    const ids = asIds(
      wordsOf(
        Array.from({ length: 50 }, (): Rows[number] => [40, []]),
        {},
      ),
    );
    expect(new Set(ids.map(([first]) => first)).size).toBe(50);
  });

  it('hands sessions, lengths of answers and given messages on', () => {
    const text =
      '{"timestamp": 0, "session_id": "s", "text_input": "hi", "output_length": 3}\n' +
      '{"timestamp": 1, "session_id": "s", "messages": [{"role": "user", "content": "ho"}]}';
    const prompts = tracePrompts(readTrace(text, 't'), 'run');
    expect([prompts.at(0), prompts.at(1), prompts.at(2)]).toEqual([
      { messages: [{ role: 'user', content: 'hi' }], group: '', session: 's', outputTokens: 3 },
      {
        messages: [{ role: 'user', content: 'ho' }],
        group: '',
        session: 's',
        outputTokens: undefined,
      },
      undefined,
    ]);
  });
});
