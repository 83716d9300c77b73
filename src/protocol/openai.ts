import { createHash, hash } from 'node:crypto';
import { type Member, type Span, scanElements, scanMembers } from './json-scan.ts';

/** Where the prompt of a request stands. */
export type PromptKind = 'chat' | 'completion' | 'responses';

/** What routing needs to know of a request body; everything is read from the bytes as sent. */
export class PromptView {
  readonly kind: PromptKind;
  /** The body's own `model`; empty when it names none. */
  readonly model: string;
  /** `frameKey` and the prompt's own SHA-256, all the chat template may see: equal keys have equal prompt tokens. */
  readonly key: string;
  readonly body: Buffer;
  /** The bytes of `messages`, `prompt` or `input`. */
  readonly promptSpan: Span;
  /** Hash of what stands beside the messages (model, tools, template settings). */
  readonly frameKey: string;
  readonly cacheSalt: string;
  /** Has images, audio or video, whose placeholder tokens say nothing about their content. */
  readonly isMultimodal: boolean;
  #messages: readonly Span[] | undefined;

  constructor(body: Buffer, members: readonly Member[], prompt: Member) {
    const { valueStart: start, valueEnd: end } = prompt;
    this.kind = KIND_OF[prompt.key]!;
    this.body = body;
    this.promptSpan = { start, end };
    this.frameKey = keyOfFrame(frameOf(body, members, prompt) + this.kind);
    this.key = this.frameKey + hash('sha256', body.subarray(start, end), 'binary');
    this.model = stringMember(body, members, 'model');
    this.cacheSalt = stringMember(body, members, 'cache_salt');
    this.isMultimodal = body.includes(TYPE_MARK) && MEDIA_MARKS.some((mark) => body.includes(mark));
  }

  /** Chat messages in order; empty for the other kinds. Found when first asked for. */
  get messages(): readonly Span[] {
    this.#messages ??= this.kind === 'chat' ? scanElements(this.body, this.promptSpan.start) : [];
    return this.#messages;
  }
}

/**
 * Members that change sampling, transport or accounting but never the prompt's tokens. The list
 * names what may be left out of the key, so that a field nobody thought of ends up inside it.
 */
const NOT_IN_PROMPT: ReadonlySet<string> = new Set(
  `temperature top_p top_k min_p n best_of max_tokens max_completion_tokens max_output_tokens
   min_tokens stream stream_options stop stop_token_ids seed presence_penalty frequency_penalty
   repetition_penalty length_penalty logit_bias logprobs top_logprobs prompt_logprobs user metadata
   store service_tier ignore_eos request_id priority cache_salt skip_special_tokens
   include_stop_str_in_output use_beam_search parallel_tool_calls safety_identifier
   prompt_cache_key background`.split(/\s+/),
);

/** Every part of an array content has a type; one search spares plain texts the other five. */
const TYPE_MARK = Buffer.from('"type"');
const MEDIA_MARKS = ['"image_url"', '"input_image"', '"input_audio"', '"audio_url"', '"video_url"'];

/**
 * Reads a chat, completions or Responses body. Undefined when it is not JSON or carries no prompt.
 * `input` counts as a prompt only on a path ending in `/responses`, since embeddings use it too.
 */
export function viewPrompt(body: Buffer, path: string): PromptView | undefined {
  const members = scanMembers(body);
  const prompt = members && promptMember(members, path);
  if (!members || !prompt) return undefined;
  return new PromptView(body, members, prompt);
}

/** The text of all other members that the prompt's tokens may depend on. */
function frameOf(body: Buffer, members: readonly Member[], prompt: Member): string {
  let frame = '';
  for (const member of members) {
    if (member === prompt || NOT_IN_PROMPT.has(member.key)) continue;
    frame += body.toString('latin1', member.start, member.valueEnd);
  }
  return frame;
}

/** Requests of one application share their frame: looking it up costs a fraction of hashing it. */
const frameKeys = new Map<string, string>();
const FRAMES_MAX = 1_000;
const FRAME_LENGTH_MAX = 1_024;

/** SHA-256 of a frame's bytes, which the text holds one per character. */
function keyOfFrame(frame: string): string {
  const known = frameKeys.get(frame);
  if (known !== undefined) return known;
  const key = createHash('sha256').update(frame, 'latin1').digest('binary');
  if (frame.length > FRAME_LENGTH_MAX) return key;
  if (frameKeys.size >= FRAMES_MAX) frameKeys.clear();
  frameKeys.set(frame, key);
  return key;
}

/** Hashes of the message list's prefixes: element k covers the first k+1 messages and the frame. */
export function prefixKeys(view: PromptView): string[] {
  const keys: string[] = [];
  const hash = createHash('sha256').update(view.frameKey, 'latin1');
  for (const message of view.messages) {
    hash.update(view.body.subarray(message.start, message.end)).update('\0');
    keys.push(hash.copy().digest('binary'));
  }
  return keys;
}

const KIND_OF: Readonly<Record<string, PromptKind>> = {
  messages: 'chat',
  prompt: 'completion',
  input: 'responses',
};

function promptMember(members: readonly Member[], path: string): Member | undefined {
  const isResponses = path.endsWith('/responses');
  if (isResponses) return members.findLast(({ key }) => key === 'input');
  return (
    members.findLast(({ key }) => key === 'messages') ??
    members.findLast(({ key }) => key === 'prompt')
  );
}

function stringMember(body: Buffer, members: readonly Member[], key: string): string {
  const member = members.findLast((it) => it.key === key);
  if (!member || body[member.valueStart] !== 0x22) return '';
  try {
    return String(JSON.parse(body.toString('utf8', member.valueStart, member.valueEnd)));
  } catch {
    return '';
  }
}
