/** What the rig reads of a request's body; the rest passes through. */
export interface ChatBody {
  model?: string;
  messages?: { role: string; content: string | null }[];
  prompt?: string;
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
  max_tokens?: number;
  max_completion_tokens?: number;
  [member: string]: unknown;
}

const TURN_START = 1;
const TURN_END = 2;
/** Ids below this are the template's own. */
const FIRST_WORD_ID = 16;
const VOCABULARY = 150_000;

/**
 * Token ids of a chat or a text prompt: one per word, between two of the template for each message
 * and an opened turn at the end.
 * @param salt other values are other tokenizers: equal lengths, other ids
 */
export function tokensOf(body: ChatBody, salt = 0): number[] {
  if (body.messages === undefined) return wordIds(body.prompt ?? '', salt);
  const turns = body.messages.flatMap(({ role, content }) => [
    TURN_START,
    wordId(role, salt),
    ...wordIds(textOf(content), salt),
    TURN_END,
  ]);
  return [...turns, TURN_START, wordId('assistant', salt)];
}

/** The text of all messages, as a gateway that knows no template sees it. */
export function promptText(body: ChatBody): string {
  return body.messages?.map(({ content }) => textOf(content)).join('\n') ?? body.prompt ?? '';
}

/** Content may be a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: string }) => part.text ?? '').join('\n');
}

function wordIds(text: string, salt: number): number[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => wordId(word, salt));
}

function wordId(word: string, salt: number): number {
  return FIRST_WORD_ID + (hashText(word, salt) % VOCABULARY);
}

/** FNV-1a, 32 bits. */
export function hashText(text: string, salt = 0): number {
  let hash = (0x811c9dc5 ^ salt) >>> 0;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  // Low bits of FNV depend on low bits only; a remainder would see that.
  return (hash ^ (hash >>> 15)) >>> 0;
}
