/**
 * What the choices of a chat answer hold. The same for `message` of a whole answer and `delta` of a
 * chunk, and for `text` of a legacy completion.
 */
export interface ChoicesRead {
  /** Output of every kind and choice, joined; empty when there is none. */
  text: string;
  /** Whether any choice carries more than its role: a token, though one that decodes to no text. */
  hasToken: boolean;
  /** Choices seen, and those that say why they end. */
  open: number[];
  finished: number[];
  /** Of the first choice that says why it ends. */
  finishReason: string | undefined;
}

interface Holder {
  content?: unknown;
  /** vLLM since 0.12 (vllm-project/vllm#27752), OpenRouter. */
  reasoning?: unknown;
  /** DeepSeek, SGLang, and vLLM before that. */
  reasoning_content?: unknown;
  refusal?: unknown;
  tool_calls?: unknown;
  function_call?: unknown;
}

interface Choice {
  index?: unknown;
  delta?: Holder | null;
  message?: Holder | null;
  text?: unknown;
  finish_reason?: unknown;
}

/** Undefined when `body` is no answer and no chunk of one: it has no choices. */
export function choicesOf(body: unknown): ChoicesRead | undefined {
  const { choices } = (body ?? {}) as { choices?: unknown };
  if (!Array.isArray(choices)) return undefined;
  const read: ChoicesRead = {
    text: '',
    hasToken: false,
    open: [],
    finished: [],
    finishReason: undefined,
  };
  for (let position = 0; position < choices.length; position++) {
    const item: unknown = choices[position];
    if (typeof item === 'object' && item !== null) takeChoice(read, item, position);
  }
  return read;
}

function takeChoice(read: ChoicesRead, choice: Choice, position: number): void {
  const index = typeof choice.index === 'number' ? choice.index : position;
  const holder = choice.delta ?? choice.message;
  read.open.push(index);
  read.text += outputOf(holder) + textOf(choice.text);
  if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') {
    read.finished.push(index);
    read.finishReason ??= choice.finish_reason;
  }
  read.hasToken ||= read.text !== '' || read.finished.length > 0 || isTokenDelta(holder);
}

/** The chunk that opens a stream says its role; one with content but no role is a token. */
function isTokenDelta(holder: Holder | null | undefined): boolean {
  return typeof holder?.content === 'string' && !Object.hasOwn(holder, 'role');
}

/** Text, reasoning, a refusal or a call of a tool. */
function outputOf(holder: Holder | null | undefined): string {
  if (!holder) return '';
  const { content, reasoning, reasoning_content: older, refusal } = holder;
  const text = textOf(content);
  const thought = textOf(reasoning) || textOf(older);
  const { tool_calls: calls, function_call: legacyCall } = holder;
  return thought + text + textOf(refusal) + callsOf(calls) + callOf(legacyCall);
}

/** A string, or an array of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => textOf((part as { text?: unknown } | null)?.text ?? part))
    .join('');
}

function callsOf(calls: unknown): string {
  if (!Array.isArray(calls)) return '';
  return calls.map((call: { function?: unknown } | null) => callOf(call?.function)).join('');
}

function callOf(called: unknown): string {
  const { name, arguments: written } = (called ?? {}) as { name?: unknown; arguments?: unknown };
  return textOf(name) + textOf(written);
}
