import { isRecord, parseJson } from '../base/json.ts';
import type { PromptView } from './openai.ts';

/** How a prompt's tokens are had: by a call to the engine, or already given as token ids. */
export type TokenizePlan =
  /** To /tokenize. */
  | { kind: 'send'; body: Buffer | string }
  | { kind: 'render'; path: RenderPath; body: Buffer }
  | { kind: 'tokens'; tokens: number[] };

/**
 * How to tokenize a request's prompt. `/tokenize` does a part of what the chat API does and nothing of
 * what is peculiar to others, so it is asked only where it must come to the same tokens: text
 * prompts, chats without the members it ignores, Responses of plain text as the chat they stand
 * for. Undefined for all else, batches included.
 */
export function planTokenize(view: PromptView): TokenizePlan | undefined {
  switch (view.kind) {
    case 'chat':
      return isPlainChat(view) ? { kind: 'send', body: view.body } : undefined;
    case 'completion':
      return planCompletion(view);
    case 'responses':
      return planResponses(view);
    case 'anthropic':
      return undefined;
  }
}

/**
 * vLLM's routes that do with a request what its API does before generating, where the engine
 * runs with `--enable-scale-out`.
 */
export type RenderPath = `/v1${'/chat/completions' | '/responses' | '/messages'}/render`;

/**
 * The same by rendering. Undefined where that needs what one engine remembers (continued
 * responses), and for text completions, of which nothing is rendered.
 */
export function planRender(view: PromptView): TokenizePlan | undefined {
  const { kind, body } = view;
  if (kind === 'completion' || !isFor(RENDERED_PATH[kind], view)) return undefined;
  if (view.has('previous_response_id') || view.has('conversation')) return undefined;
  return { kind: 'render', path: `/v1${RENDERED_PATH[kind]}/render`, body };
}

const RENDERED_PATH = {
  chat: '/chat/completions',
  responses: '/responses',
  anthropic: '/messages',
} as const;

/** Something may stand before it, as in Azure's deployments. */
function isFor(apiPath: string, { path }: PromptView): boolean {
  return path.replace(/\/+$/, '').endsWith(apiPath);
}

function isPlainChat(view: PromptView): boolean {
  return !CHAT_NOT_TOKENIZED.some((key) => view.has(key));
}

/** Members that change the tokens of a completion, here or in another API, and that /tokenize takes no notice of. */
const CHAT_NOT_TOKENIZED = ['documents', 'reasoning_effort', 'system', 'truncate_prompt_tokens'];
const TEXT_NOT_TOKENIZED = [
  'prompt_embeds',
  'suffix',
  'system',
  'template',
  'truncate_prompt_tokens',
];

function planCompletion(view: PromptView): TokenizePlan | undefined {
  if (TEXT_NOT_TOKENIZED.some((key) => view.has(key))) return undefined;
  const { tokenIds } = view;
  if (tokenIds) return tokenIds.length === 1 ? { kind: 'tokens', tokens: tokenIds[0]! } : undefined;
  const { start, end } = view.promptSpan;
  if (view.body[start] === 0x22) return { kind: 'send', body: view.body };
  const prompt = parseJson(view.body.toString('utf8', start, end));
  const only: unknown = Array.isArray(prompt) && prompt.length === 1 ? prompt[0] : undefined;
  if (typeof only !== 'string') return undefined;
  return { kind: 'send', body: JSON.stringify({ ...modelOf(view), prompt: only }) };
}

/** All that a response may say about its prompt and still be the chat it stands for. */
const PLAIN_RESPONSE: ReadonlySet<string> = new Set(['model', 'input', 'instructions', 'include']);

function planResponses(view: PromptView): TokenizePlan | undefined {
  if (view.has('previous_response_id') || view.has('conversation')) return undefined;
  const isPlain = view.promptKeys.every((key) => PLAIN_RESPONSE.has(key));
  const messages = isPlain ? messagesOf(view) : undefined;
  if (!messages) return undefined;
  return { kind: 'send', body: JSON.stringify({ ...modelOf(view), messages }) };
}

function messagesOf(view: PromptView): object[] | undefined {
  const request = parseJson(view.body.toString('utf8'));
  const messages = isRecord(request) ? chatOf(request['input']) : undefined;
  if (!isRecord(request) || !messages) return undefined;
  const { instructions } = request;
  return typeof instructions === 'string'
    ? [{ role: 'system', content: instructions }, ...messages]
    : messages;
}

function chatOf(input: unknown): object[] | undefined {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (!Array.isArray(input)) return undefined;
  const messages = (input as unknown[]).map(messageOf);
  return messages.every((message) => message !== undefined) ? messages : undefined;
}

function messageOf(item: unknown): object | undefined {
  if (!isRecord(item) || typeof item['role'] !== 'string') return undefined;
  const { role, content } = item;
  if (typeof content === 'string') return { role, content };
  if (!Array.isArray(content)) return undefined;
  const parts = (content as unknown[]).map((part) =>
    isRecord(part) && TEXT_PARTS.has(String(part['type'])) && typeof part['text'] === 'string'
      ? { type: 'text', text: part['text'] }
      : undefined,
  );
  return parts.every((part) => part !== undefined) ? { role, content: parts } : undefined;
}

const TEXT_PARTS: ReadonlySet<string> = new Set(['input_text', 'output_text', 'text']);

function modelOf(view: PromptView): { model?: string } {
  return view.model === '' ? {} : { model: view.model };
}
