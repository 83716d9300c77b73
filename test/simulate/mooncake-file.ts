import { createRandom } from '../../src/base/random.ts';

export interface FileRow {
  timestamp: number;
  input_length: number;
  output_length: number;
  hash_ids: number[];
  session_id?: string;
}

/** Rows of growing conversations with a common beginning, 64 tokens per id; every other one ends within an id. */
export function conversationRows(seed: number, count: number, gapMs = 400): FileRow[] {
  const random = createRandom(seed);
  const chats = Array.from({ length: 6 }, (_, chat) => [1, 2, 100 * (chat + 1)]);
  let next = 10_000;
  return Array.from({ length: count }, (_, index) => {
    const chat = random.int(chats.length);
    const ids = chats[chat]!;
    for (let more = random.int(3); more >= 0; more--) ids.push(next++);
    if (ids.length > 20) ids.length = 3;
    return {
      timestamp: index * gapMs,
      input_length: 64 * ids.length - (index % 2 === 0 ? 0 : random.int(60)),
      output_length: 1 + random.int(24),
      hash_ids: [...ids],
    };
  });
}

export const fileOf = (rows: readonly object[]): string =>
  rows.map((row) => JSON.stringify(row)).join('\n');
