import { parseJson } from '../base/json.ts';
import { createHash, hash } from 'node:crypto';
import { type Member, type Span, scanElements, scanMembers } from './json-scan.ts';

/** Which API a request speaks: how its prompt becomes tokens depends on it. */
export type PromptKind = 'chat' | 'completion' | 'responses' | 'anthropic';

/** What routing needs to know of a request body; everything is read from the bytes as sent. */
export class PromptView {
  readonly kind: PromptKind;
  /** Where the request was sent. */
  readonly path: string;
  /** The body's own `model`; empty when it names none. */
  readonly model: string;
  readonly body: Buffer;
  /** The bytes of `messages`, `prompt` or `input`. */
  readonly promptSpan: Span;
  /** Empty unless the client isolates its cache entries. */
  readonly cacheSalt: string;
  /** Has images, audio or video, whose placeholder tokens say nothing about their content. */
  readonly isMultimodal: boolean;
  readonly #members: readonly Member[];
  readonly #prompt: Member;
  #frameKey: string | undefined;
  #key: string | undefined;
  #messages: readonly Span[] | undefined;
  #tokenIds: readonly number[][] | undefined | null = null;

  constructor(
    body: Buffer,
    members: readonly Member[],
    found: { prompt: Member; kind: PromptKind; path: string },
  ) {
    const { valueStart: start, valueEnd: end } = found.prompt;
    this.kind = found.kind;
    this.path = found.path;
    this.body = body;
    this.promptSpan = { start, end };
    this.#members = members;
    this.#prompt = found.prompt;
    this.model = stringMember(body, members, 'model');
    this.cacheSalt = saltOf(body, members);
    this.isMultimodal = body.includes(TYPE_MARK) && MEDIA_MARKS.some((mark) => body.includes(mark));
  }

  /** Hash of what stands beside the messages (model, tools, template settings). */
  get frameKey(): string {
    this.#frameKey ??= keyOfFrame(this.#textOf((key) => !NOT_IN_PROMPT.has(key)) + this.kind);
    return this.#frameKey;
  }

  /** `frameKey` and the prompt's own SHA-256, all the chat template may see: equal keys have equal prompt tokens. */
  get key(): string {
    const { start, end } = this.promptSpan;
    this.#key ??= this.frameKey + hash('sha256', this.body.subarray(start, end), 'binary');
    return this.#key;
  }

  /**
   * What must be equal before two prompts can share their first token: model and adapter, template
   * settings, the cache salt. Not what the template writes out itself (`front`), nor what changes
   * only how a prompt ends.
   */
  get rootKey(): string {
    const isRoot = (key: string): boolean =>
      !NOT_IN_PROMPT.has(key) && !NOT_AT_START.has(key) && !FRONT.includes(key);
    return keyOfFrame(`${this.#textOf(isRoot)}${this.kind}\0${this.cacheSalt}`);
  }

  /** The members that chat templates write before the messages, in one order whatever the body's. */
  get front(): readonly Member[] {
    if (!this.#members.some(({ key }) => FRONT.includes(key))) return [];
    return FRONT.flatMap((key) => this.#members.findLast((it) => it.key === key) ?? []);
  }

  /** Chat messages in order; empty where there is no list of them. Found when first asked for. */
  get messages(): readonly Span[] {
    const isChat = this.kind === 'chat' || this.kind === 'anthropic';
    this.#messages ??= isChat ? scanElements(this.body, this.promptSpan.start) : [];
    return this.#messages;
  }

  /** The prompts of a completion that came as token ids; undefined for any other. */
  get tokenIds(): readonly number[][] | undefined {
    if (this.#tokenIds === null) this.#tokenIds = readTokenIds(this);
    return this.#tokenIds;
  }

  /** Whether the body has this member, and not as null. */
  has(key: string): boolean {
    const member = this.#members.findLast((it) => it.key === key);
    return member !== undefined && this.body[member.valueStart] !== NULL_START;
  }

  /** Keys of the members, other than null, that the prompt's tokens may depend on. */
  get promptKeys(): string[] {
    return this.#members
      .map(({ key }) => key)
      .filter((key) => !NOT_IN_PROMPT.has(key) && this.has(key));
  }

  /** The text of all members beside the prompt whose key is wanted, without blanks around the colons. */
  #textOf(isWanted: (key: string) => boolean): string {
    let text = '';
    for (const member of this.#members) {
      if (member === this.#prompt || !isWanted(member.key)) continue;
      const { start, valueStart, valueEnd } = member;
      if (valueStart === start + member.key.length + COMPACT) {
        text += this.body.toString('latin1', start, valueEnd);
        continue;
      }
      text += this.body.toString('latin1', start, valueStart).replace(/\s*:\s*$/, ':');
      text += this.body.toString('latin1', valueStart, valueEnd);
    }
    return text;
  }
}

/** Two quotes and a colon. */
const COMPACT = 3;

/** No other JSON value begins with an n. */
const NULL_START = 0x6e;

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Members that change sampling, transport or accounting but never the prompt's tokens. The list
 * names what may be left out of the key, so that a field nobody thought of ends up inside it.
 */
const NOT_IN_PROMPT = words(
  `temperature top_p top_k min_p n best_of max_tokens max_completion_tokens max_output_tokens
   min_tokens stream stream_options stop stop_sequences stop_token_ids seed presence_penalty
   frequency_penalty repetition_penalty length_penalty logit_bias logprobs top_logprobs
   prompt_logprobs user metadata store service_tier ignore_eos request_id priority cache_salt
   skip_special_tokens include_stop_str_in_output use_beam_search parallel_tool_calls
   safety_identifier prompt_cache_key background`,
);

/** Members that may change how a prompt ends or what an engine answers, but not how a prompt begins. */
const NOT_AT_START = words(
  `tool_choice response_format structured_outputs guided_json guided_regex guided_choice
   guided_grammar add_generation_prompt continue_final_message return_token_ids bad_words
   allowed_token_ids kv_transfer_params thinking text include`,
);

/** What templates write before the messages, in the order in which it is compared. */
const FRONT: readonly string[] = ['tools', 'functions', 'documents', 'system', 'instructions'];

/** Every part of an array content has a type; one search spares plain texts the other five. */
const TYPE_MARK = Buffer.from('"type"');
const MEDIA_MARKS = ['"image_url"', '"input_image"', '"input_audio"', '"audio_url"', '"video_url"'];

/**
 * Reads a chat, completions, Responses or Anthropic Messages body. Undefined when it is not JSON or
 * carries no prompt, or where no prompt's cache is left behind. `input` counts as a prompt only on a path ending in `/responses`, since
 * embeddings use it too.
 */
export function viewPrompt(body: Buffer, path: string): PromptView | undefined {
  const members = KEEPS_NOTHING.test(path) ? undefined : scanMembers(body);
  if (!members) return undefined;
  const kind = kindOf(members, path);
  const prompt = members.findLast(({ key }) => key === MEMBER_OF[kind]);
  return prompt && new PromptView(body, members, { prompt, kind, path });
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

/** Calls that take a prompt and compute nothing that a completion could use again. */
const KEEPS_NOTHING =
  /\/(?:count_tokens|tokenize|render|embeddings|pooling|classify|score|rerank)\/*$/;

const MEMBER_OF = {
  chat: 'messages',
  anthropic: 'messages',
  completion: 'prompt',
  responses: 'input',
} as const satisfies Record<PromptKind, string>;

function kindOf(members: readonly Member[], path: string): PromptKind {
  const bare = path.endsWith('/') ? path.replace(/\/+$/, '') : path;
  if (bare.endsWith('/responses')) return 'responses';
  if (bare.endsWith('/messages')) return 'anthropic';
  return members.some(({ key }) => key === 'messages') ? 'chat' : 'completion';
}

/** A salt that is no text isolates all the same, whatever the engine makes of it. */
function saltOf(body: Buffer, members: readonly Member[]): string {
  const member = members.findLast(({ key }) => key === 'cache_salt');
  if (!member || body[member.valueStart] === NULL_START) return '';
  const text = body.toString('utf8', member.valueStart, member.valueEnd);
  return text.startsWith('"') ? stringMember(body, members, 'cache_salt') : text;
}

function readTokenIds({ kind, body, promptSpan: { start, end } }: PromptView) {
  if (kind !== 'completion' || !/^\[[\s[]*\d/.test(body.toString('latin1', start, start + 64))) {
    return undefined;
  }
  const prompt: unknown = parseJson(body.toString('latin1', start, end));
  const lists = isTokenIds(prompt) ? [prompt] : prompt;
  return Array.isArray(lists) && lists.every(isTokenIds) ? lists : undefined;
}

function isTokenIds(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((id) => Number.isInteger(id) && id >= 0)
  );
}

function stringMember(body: Buffer, members: readonly Member[], key: string): string {
  const member = members.findLast((it) => it.key === key);
  if (!member || body[member.valueStart] !== 0x22) return '';
  const value = parseJson(body.toString('utf8', member.valueStart, member.valueEnd));
  return typeof value === 'string' ? value : '';
}
