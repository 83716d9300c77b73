import { textOf } from '../../base/json.ts';
import { shareGptPrompts } from '../../load/share-gpt.ts';
import type { PromptForm } from './form.ts';

/** Conversations of ShareGPT: every human turn is a request, with all before it. */
export const shareGpt: PromptForm = {
  name: 'ShareGPT',
  owns: (first) => 'conversations' in first,
  read: (entry) =>
    shareGptPrompts(entry['conversations'])?.map(({ messages }) => ({
      session: textOf(entry['id']) ?? undefined,
      kind: 'chat',
      body: { messages },
    })),
};
