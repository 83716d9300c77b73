import type { CompletionCall } from './completion-call.ts';
import type { EngineSettings } from './settings.ts';

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
}

/** What may travel with a chunk. */
export interface ChunkExtras {
  /** On a choice's last chunk. */
  end?: ChoiceEnd | undefined;
  usage?: UsageCounts | undefined;
}

/**
 * JSON texts of one completion, in vLLM's key order. Built by hand: the parts that never change
 * between chunks are encoded once, and streams of thousands of tokens a second notice.
 */
export class AnswerText {
  readonly #identity: AnswerIdentity;
  #chunkHeadText: string | undefined;

  constructor(identity: AnswerIdentity) {
    this.#identity = identity;
  }

  /** The answer in one piece; choices in the order of their index. */
  whole(choices: readonly ChoiceText[], usage: UsageCounts): string {
    const { call } = this.#identity;
    let texts = '';
    for (let index = 0; index < choices.length; index++) {
      texts += (index === 0 ? '' : ',') + this.#choice(index, choices[index]!);
    }
    const [object, tail] =
      call.kind === 'chat'
        ? ['chat.completion', ',"prompt_logprobs":null,"prompt_token_ids":null']
        : ['text_completion', ''];
    return `${this.#head(object)},"choices":[${texts}],"service_tier":null,"system_fingerprint":null,"usage":${this.#usage(usage, 'null')}${tail},"kv_transfer_params":null${this.#servedBy()}}`;
  }

  #choice(index: number, { content, finishReason, stopReason }: ChoiceText): string {
    const text = JSON.stringify(content);
    const end = `"logprobs":null,"finish_reason":"${finishReason}","stop_reason":${stopText(stopReason)},"token_ids":null`;
    return this.#identity.call.kind === 'chat'
      ? `{"index":${index},"message":{"role":"assistant","content":${text},"refusal":null,"annotations":null,"audio":null,"function_call":null,"tool_calls":[],"reasoning_content":null},${end}}`
      : `{"index":${index},"text":${text},${end},"prompt_logprobs":null,"prompt_token_ids":null}`;
  }

  /** A chat choice's first chunk, which carries the role; text completions have none. */
  opening(index: number, usage: UsageCounts | undefined): string | undefined {
    if (this.#identity.call.kind !== 'chat') return undefined;
    return `${this.#chunkHead},"choices":[{"index":${index},"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]${this.#chunkUsage(usage)}${this.#servedBy()}}`;
  }

  /** A chunk of a choice's content; its last one says why it is the last. */
  chunk(index: number, content: string, { end, usage }: ChunkExtras): string {
    const text = JSON.stringify(content);
    const body =
      this.#identity.call.kind === 'chat' ? `"delta":{"content":${text}}` : `"text":${text}`;
    const ending = end
      ? `"finish_reason":"${end.finishReason}","stop_reason":${stopText(end.stopReason)}`
      : '"finish_reason":null';
    return `${this.#chunkHead},"choices":[{"index":${index},${body},"logprobs":null,${ending}}]${this.#chunkUsage(usage)}}`;
  }

  /** The chunk `stream_options.include_usage` asks for: no choices, the counts. */
  usageChunk(usage: UsageCounts): string {
    return `${this.#chunkHead},"choices":[],"usage":${this.#usage(usage, 'left out')}}`;
  }

  /** Cached tokens are missing unless the server was told to report them; some builds also miss a zero. */
  #usage(
    { promptTokens, completionTokens, cachedTokens }: UsageCounts,
    missing: 'null' | 'left out',
  ): string {
    const { reportCachedTokens, dialect } = this.#identity.settings;
    const isMissing =
      !reportCachedTokens || (cachedTokens === 0 && dialect.zeroCachedTokens === 'null');
    const nothing = missing === 'null' ? ',"prompt_tokens_details":null' : '';
    const details = isMissing
      ? nothing
      : `,"prompt_tokens_details":{"cached_tokens":${cachedTokens}}`;
    return `{"prompt_tokens":${promptTokens},"total_tokens":${promptTokens + completionTokens},"completion_tokens":${completionTokens}${details}}`;
  }

  /** Chat chunks leave out what is unset; older text chunks write null. */
  #chunkUsage(usage: UsageCounts | undefined): string {
    const { call, settings } = this.#identity;
    const tellsNull = call.kind === 'text' && settings.dialect.textChunkUsageNull;
    if (usage) return `,"usage":${this.#usage(usage, tellsNull ? 'null' : 'left out')}`;
    return tellsNull ? ',"usage":null' : '';
  }

  #servedBy(): string {
    const { settings } = this.#identity;
    return settings.tellServedBy ? `,"served_by":${JSON.stringify(settings.id)}` : '';
  }

  get #chunkHead(): string {
    const { kind } = this.#identity.call;
    return (this.#chunkHeadText ??= this.#head(
      kind === 'chat' ? 'chat.completion.chunk' : 'text_completion',
    ));
  }

  #head(object: string): string {
    const { id, created, call } = this.#identity;
    return `{"id":"${id}","object":"${object}","created":${created},"model":${JSON.stringify(call.model)}`;
  }
}

function stopText(reason: string | number | null): string {
  return reason === null ? 'null' : JSON.stringify(reason);
}
