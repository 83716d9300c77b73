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

export type FinishText = 'stop' | 'length' | 'abort';

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

  /** The answer in one piece. */
  whole(content: string, finish: FinishText, usage: UsageCounts): string {
    const { call, settings } = this.#identity;
    const servedBy = settings.tellServedBy ? `,"served_by":${JSON.stringify(settings.id)}` : '';
    const counts = this.usage(usage);
    if (call.kind === 'chat') {
      return `${this.#head('chat.completion')},"choices":[{"index":0,"message":{"role":"assistant","content":${JSON.stringify(content)},"refusal":null,"annotations":null,"audio":null,"function_call":null,"tool_calls":[],"reasoning_content":null},"logprobs":null,"finish_reason":"${finish}","stop_reason":null,"token_ids":null}],"service_tier":null,"system_fingerprint":null,"usage":${counts},"prompt_logprobs":null,"prompt_token_ids":null,"kv_transfer_params":null${servedBy}}`;
    }
    return `${this.#head('text_completion')},"choices":[{"index":0,"text":${JSON.stringify(content)},"logprobs":null,"finish_reason":"${finish}","stop_reason":null,"token_ids":null,"prompt_logprobs":null,"prompt_token_ids":null}],"service_tier":null,"system_fingerprint":null,"usage":${counts},"kv_transfer_params":null${servedBy}}`;
  }

  /** A chat's first chunk, which carries the role; a text completion has none. */
  opening(usage: UsageCounts | undefined): string | undefined {
    const { call, settings } = this.#identity;
    if (call.kind !== 'chat') return undefined;
    const servedBy = settings.tellServedBy ? `,"served_by":${JSON.stringify(settings.id)}` : '';
    return `${this.#chunkHead},"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]${this.#chunkUsage(usage)}${servedBy}}`;
  }

  /** A chunk of content; the last one says why it is the last. */
  chunk(content: string, finish: FinishText | null, usage: UsageCounts | undefined): string {
    const text = JSON.stringify(content);
    const body =
      this.#identity.call.kind === 'chat' ? `"delta":{"content":${text}}` : `"text":${text}`;
    const end =
      finish === null ? '"finish_reason":null' : `"finish_reason":"${finish}","stop_reason":null`;
    return `${this.#chunkHead},"choices":[{"index":0,${body},"logprobs":null,${end}}]${this.#chunkUsage(usage)}}`;
  }

  /** The chunk `stream_options.include_usage` asks for: no choices, the counts. */
  usageChunk(usage: UsageCounts): string {
    return `${this.#chunkHead},"choices":[],"usage":${this.usage(usage)}}`;
  }

  usage({ promptTokens, completionTokens, cachedTokens }: UsageCounts): string {
    return `{"prompt_tokens":${promptTokens},"total_tokens":${promptTokens + completionTokens},"completion_tokens":${completionTokens},"prompt_tokens_details":${this.#details(cachedTokens)}}`;
  }

  /** Null unless the server was told to report it; some builds also say null for zero. */
  #details(cachedTokens: number): string {
    const { reportCachedTokens, dialect } = this.#identity.settings;
    const isNull =
      !reportCachedTokens || (cachedTokens === 0 && dialect.zeroCachedTokens === 'null');
    return isNull ? 'null' : `{"cached_tokens":${cachedTokens}}`;
  }

  /** Chat chunks leave out what is unset; older text chunks write `usage: null`. */
  #chunkUsage(usage: UsageCounts | undefined): string {
    if (usage) return `,"usage":${this.usage(usage)}`;
    const { call, settings } = this.#identity;
    return call.kind === 'text' && settings.dialect.textChunkUsageNull ? ',"usage":null' : '';
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
