import type { CompletionCall } from './completion-call.ts';
import type { EngineSettings } from './settings.ts';
import type { AnswerDialect } from './vllm-version.ts';

/** Token counts as OpenAI's `usage` reports them. */
export interface UsageCounts {
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
}

/** What all chunks and the whole answer of one completion share. */
export interface AnswerIdentity {
  id: string;
  /** Unix seconds. */
  created: number;
  call: CompletionCall;
  settings: EngineSettings;
  /** Tokens that are stored together. */
  blockTokens: number;
}

/** Why a choice ended. */
export interface ChoiceEnd {
  finishReason: 'stop' | 'length' | 'abort';
  /** The stop string or token that ended it. */
  stopReason: string | number | null;
}

/** A whole choice. */
export interface ChoiceText extends ChoiceEnd {
  content: string;
  tokenIds: readonly number[];
}

/** What may travel with a chunk. */
export interface ChunkExtras {
  /** On a choice's last chunk. */
  end?: ChoiceEnd | undefined;
  usage?: UsageCounts | undefined;
  tokenIds: readonly number[];
  /** Of the choice's chunks, the first. */
  isFirst: boolean;
}

/** Where the cached tokens are told: in a whole answer, in a chunk, or in the chunk that has no other purpose. */
type UsagePlace = 'whole' | 'chunk' | 'last';

/**
 * JSON texts of one completion, in vLLM's key order. Built by hand: the parts that never change
 * between chunks are encoded once, and streams of thousands of tokens a second notice.
 */
export class AnswerText {
  readonly #identity: AnswerIdentity;
  readonly #dialect: AnswerDialect;
  readonly #isChat: boolean;
  #chunkHeadText: string | undefined;

  constructor(identity: AnswerIdentity) {
    this.#identity = identity;
    this.#dialect = identity.settings.dialect.answers;
    this.#isChat = identity.call.kind === 'chat';
  }

  /** The answer in one piece; choices in the order of their index. */
  whole(choices: readonly ChoiceText[], usage: UsageCounts): string {
    const { promptTail, answerTail } = this.#dialect;
    let texts = '';
    for (let index = 0; index < choices.length; index++) {
      texts += (index === 0 ? '' : ',') + this.#choice(index, choices[index]!);
    }
    const [object, tail] = this.#isChat
      ? [
          'chat.completion',
          `,"prompt_logprobs":null,"prompt_token_ids":${this.#promptIds(0)}${promptTail}`,
        ]
      : ['text_completion', ''];
    return `${this.#head(object)},"choices":[${texts}],"service_tier":null,"system_fingerprint":${this.#fingerprint ?? 'null'},"usage":${this.#usage(usage, 'whole')}${tail},"kv_transfer_params":null${answerTail}${this.#servedBy()}}`;
  }

  #choice(index: number, choice: ChoiceText): string {
    const { content, finishReason, stopReason, tokenIds } = choice;
    const { messageTail, choiceTail } = this.#dialect;
    const text = JSON.stringify(content);
    const end = `"logprobs":null,"finish_reason":"${finishReason}","stop_reason":${stopText(stopReason)},"token_ids":${this.#ids(tokenIds)}`;
    return this.#isChat
      ? `{"index":${index},"message":{"role":${this.#role},"content":${text},"refusal":null,"annotations":null,"audio":null,"function_call":null${messageTail}},${end}${choiceTail}}`
      : `{"index":${index},"text":${text},${end},"prompt_logprobs":null,"prompt_token_ids":${this.#promptIds(index)}${choiceTail}}`;
  }

  /** A chat choice's first chunk, which carries the role; text completions have none. */
  opening(index: number, usage: UsageCounts | undefined): string | undefined {
    if (!this.#isChat) return undefined;
    const ids = this.#dialect.chunkTokenIds
      ? `,"prompt_token_ids":${this.#promptIds(index)}${this.#dialect.promptTail}`
      : '';
    return `${this.#chunkHead},"choices":[{"index":${index},"delta":{"role":${this.#role},"content":""},"logprobs":null,"finish_reason":null}]${this.#chunkUsage(usage)}${ids}${this.#servedBy()}}`;
  }

  /** A chunk of a choice's content; its last one says why it is the last. */
  chunk(index: number, content: string, extras: ChunkExtras): string {
    const { end, usage } = extras;
    const text = JSON.stringify(content);
    const body = this.#isChat ? `"delta":{"content":${text}}` : `"text":${text}`;
    const reason = end ? `"${end.finishReason}"` : 'null';
    const hasStop = end !== undefined || (!this.#isChat && this.#dialect.chunkTokenIds);
    const stop = hasStop ? `,"stop_reason":${stopText(end?.stopReason ?? null)}` : '';
    // The usage chunk is the last one then, and tells it.
    const isLast = end !== undefined && !this.#identity.call.includeUsage;
    const fingerprint = isLast ? this.#fingerprintMember : '';
    return `${this.#chunkHead},"choices":[{"index":${index},${body},"logprobs":null,"finish_reason":${reason}${stop}${this.#chunkIds(index, extras)}}]${this.#chunkUsage(usage)}${fingerprint}}`;
  }

  /** The chunk `stream_options.include_usage` asks for: no choices, the counts. */
  usageChunk(usage: UsageCounts): string {
    return `${this.#chunkHead},"choices":[],"usage":${this.#usage(usage, 'last')}${this.#fingerprintMember}}`;
  }

  #chunkIds(index: number, { tokenIds, isFirst }: ChunkExtras): string {
    if (!this.#dialect.chunkTokenIds) return '';
    const prompt = this.#isChat
      ? ''
      : `,"prompt_token_ids":${isFirst ? this.#promptIds(index) : 'null'}`;
    return `${prompt},"token_ids":${this.#ids(tokenIds)}`;
  }

  /** Cached tokens are missing unless the server was told to report them; some builds also miss a zero. */
  #usage(counts: UsageCounts, place: UsagePlace): string {
    const { promptTokens, completionTokens } = counts;
    const details = this.#details(counts, place);
    return `{"prompt_tokens":${promptTokens},"total_tokens":${promptTokens + completionTokens},"completion_tokens":${completionTokens}${details}}`;
  }

  #details(counts: UsageCounts, place: UsagePlace): string {
    const { usageDetails, detailsContinuously } = this.#dialect;
    const isNew = usageDetails === 'cached and created';
    const tellsCompletion = isNew && (place === 'whole' || (place === 'chunk' && this.#isChat));
    const completion = tellsCompletion ? ',"completion_tokens_details":null' : '';
    if (place === 'chunk' && !detailsContinuously) return completion;
    return `${this.#isMissing(counts) ? this.#nothing(place) : this.#cached(counts, place)}${completion}`;
  }

  #isMissing({ cachedTokens }: UsageCounts): boolean {
    const { reportCachedTokens, dialect } = this.#identity.settings;
    return !reportCachedTokens || (cachedTokens === 0 && dialect.zeroCachedTokens === 'null');
  }

  #nothing(place: UsagePlace): string {
    const isTold = place === 'whole' || (place === 'chunk' && this.#tellsNull);
    return isTold ? ',"prompt_tokens_details":null' : '';
  }

  #cached({ promptTokens, cachedTokens }: UsageCounts, place: UsagePlace): string {
    const cached = `"cached_tokens":${cachedTokens}`;
    if (this.#dialect.usageDetails === 'cached') return `,"prompt_tokens_details":{${cached}}`;
    const { blockTokens } = this.#identity;
    const stored = Math.floor(promptTokens / blockTokens) * blockTokens - cachedTokens;
    // Only chats count what they add to the cache; a whole answer says that the others do not.
    const created = this.#isChat ? String(Math.max(0, stored)) : place === 'whole' ? 'null' : '';
    const more = created === '' ? '' : `,"created_cache_tokens":${created}`;
    const tail = place === 'whole' ? ',"multimodal_tokens":null' : '';
    return `,"prompt_tokens_details":{${cached}${more}${tail}}`;
  }

  /** Chat chunks leave out what is unset; older text chunks write null. */
  #chunkUsage(usage: UsageCounts | undefined): string {
    if (usage) return `,"usage":${this.#usage(usage, 'chunk')}`;
    return this.#tellsNull ? ',"usage":null' : '';
  }

  get #tellsNull(): boolean {
    return !this.#isChat && this.#identity.settings.dialect.textChunkUsageNull;
  }

  #ids(tokenIds: readonly number[]): string {
    return this.#identity.call.returnTokenIds ? JSON.stringify(tokenIds) : 'null';
  }

  #promptIds(choice: number): string {
    const { prompts, choicesPerPrompt, returnTokenIds } = this.#identity.call;
    if (!returnTokenIds) return 'null';
    return JSON.stringify(Array.from(prompts[Math.floor(choice / choicesPerPrompt)]!));
  }

  get #role(): string {
    return JSON.stringify(this.#identity.call.role);
  }

  /** Of a server's version and settings, as JSON. */
  get #fingerprint(): string | undefined {
    const { version } = this.#identity.settings.dialect;
    return this.#dialect.hasFingerprint ? `"vllm-${version}-${SETTINGS_HASH}"` : undefined;
  }

  get #fingerprintMember(): string {
    return this.#fingerprint === undefined ? '' : `,"system_fingerprint":${this.#fingerprint}`;
  }

  #servedBy(): string {
    const { settings } = this.#identity;
    return settings.tellServedBy ? `,"served_by":${JSON.stringify(settings.id)}` : '';
  }

  get #chunkHead(): string {
    return (this.#chunkHeadText ??= this.#head(
      this.#isChat ? 'chat.completion.chunk' : 'text_completion',
    ));
  }

  #head(object: string): string {
    const { id, created, call } = this.#identity;
    return `{"id":"${id}","object":"${object}","created":${created},"model":${JSON.stringify(call.model)}`;
  }
}

/** Stands for the hash of a server's settings; all mocks have the same. */
const SETTINGS_HASH = '6d6f636b';

function stopText(reason: string | number | null): string {
  return reason === null ? 'null' : JSON.stringify(reason);
}
