import type { PromptView } from '../../protocol/openai.ts';
import type { Span } from '../../protocol/json-scan.ts';

/** A run of a request's bytes that the prefix index covers. */
export interface PromptPart extends Span {
  /** `tools`, `system`, `messages`, `prompt` or `input`. */
  name: string;
}

const NAME_OF = {
  chat: 'messages',
  anthropic: 'messages',
  completion: 'prompt',
  responses: 'input',
} as const;

/**
 * The prompt in the order in which templates write it: what stands before the messages first, each
 * with its key, then the messages. They end with the last message's bytes, so that the next
 * turn of the same chat begins with the same ones.
 */
export function promptParts(view: PromptView): PromptPart[] {
  const parts: PromptPart[] = view.front.map(({ key, start, valueEnd }) => ({
    name: key,
    start,
    end: valueEnd,
  }));
  const { start } = view.promptSpan;
  parts.push({ name: NAME_OF[view.kind], start, end: endOfPrompt(view) });
  return parts;
}

/** Before the closing bracket or quote, which the next turn of a chat has elsewhere. */
function endOfPrompt({ body, promptSpan }: PromptView): number {
  let end = promptSpan.end - 1;
  while (end > promptSpan.start && body[end - 1]! <= 0x20) end--;
  return end;
}

/** Where a prompt leaves what is known, to the block. */
export interface Parting {
  /** `tools`, `system`, `messages[3]`, … */
  part: string;
  /** How far into the part the first block begins that is not known. */
  at: number;
  unit: 'bytes' | 'tokens';
}

/** Where the byte stands that follows a prompt's first `bytes` bytes. */
export function partAt(view: PromptView, bytes: number): Parting {
  const parts = promptParts(view);
  let rest = bytes;
  const part = parts.find(({ start, end }) => rest < end - start || void (rest -= end - start));
  const { name, start } = part ?? parts.at(-1)!;
  const index = view.messages.findIndex(({ end }) => start + rest < end);
  if (name !== 'messages' || index === -1) return { part: name, at: rest, unit: 'bytes' };
  const at = Math.max(0, start + rest - view.messages[index]!.start);
  return { part: `messages[${index}]`, at, unit: 'bytes' };
}
