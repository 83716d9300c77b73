import type { Entry } from '../entries.ts';
import { IdSpace, inputTokensIn, numberIn, outputTokensIn } from '../members.ts';
import type { TraceFormat } from './format.ts';

/**
 * Alibaba Bailian (github.com/alibaba-edu/qwen-bailian-usagetraces-anon): as Mooncake, but arrival in
 * seconds, and turns that name the chat they continue, -1 for none. Every row holds its whole context.
 */
export const bailian: TraceFormat = {
  name: 'Bailian',
  owns: (first) => 'chat_id' in first && 'input_length' in first,
  reader: () => {
    const ids = new IdSpace();
    const roots = new Map<unknown, string>();
    return (entry) => [
      {
        where: entry.where,
        atMs: numberIn(entry, 'timestamp') * 1_000,
        session: rootOf(entry, roots),
        prompt: {
          kind: 'lengths',
          inputTokens: inputTokensIn(entry, 'input_length'),
          ids: ids.read(entry, 'hash_ids'),
        },
        outputTokens: outputTokensIn(entry, 'output_length'),
      },
    ];
  },
};

/** A conversation is named by its first chat; one that began before the recording by the chat it continues. */
function rootOf({ value }: Entry, roots: Map<unknown, string>): string {
  const { chat_id: chat, parent_chat_id: parent = -1 } = value;
  const root = parent === -1 ? String(chat) : (roots.get(parent) ?? String(parent));
  roots.set(chat, root);
  return root;
}
