import type { ListenAddress } from '../../../src/net/listen.ts';
import type { VllmDialect } from './vllm-version.ts';

/** How one mock engine presents itself on the wire; its speed and memory are its profile's. */
export interface EngineSettings {
  id: string;
  /** The served model's name; requests may leave it out. */
  model: string;
  /** Path or hub id that it stands for: what LMCache's keys name. */
  root: string;
  /** Adapters served beside it, each a model name of its own. */
  loras: readonly string[];
  maxModelLen: number;
  dialect: VllmDialect;
  /** Bearer token that the guarded paths ask for. */
  apiKey: string | undefined;
  /** vLLM's `--enable-prompt-tokens-details`: whether usage reports cached tokens. */
  reportCachedTokens: boolean;
  /** Adds `x-inference-pod` and `served_by`, which no real engine sends. */
  tellServedBy: boolean;
  /** vLLM's `--enable-request-id-headers`: echoes `X-Request-Id`. */
  echoRequestId: boolean;
  /** vLLM's `--enable-auto-tool-choice` with a parser: chats may offer tools. No mock ever calls one. */
  takesTools: boolean;
  /** vLLM's `--enable-scale-out`: versions that render only then do. */
  isScaledOut: boolean;
  /** vLLM's `--enable-force-include-usage`. */
  forceIncludeUsage: boolean;
  /** Publishes KV events, over ZeroMQ too when that has settings. */
  kvEvents: { zmq: ZmqSettings | undefined } | undefined;
  /** vLLM's `VLLM_SERVER_DEV_MODE=1`: `/reset_prefix_cache` and its like exist. */
  isDevMode: boolean;
}

/** vLLM's `--kv-events-config` as far as it is about ZeroMQ. */
export interface ZmqSettings {
  publish: ListenAddress;
  /** Where missed batches can be asked for. */
  replay: ListenAddress | undefined;
  /** First frame of every batch, by which subscribers choose; `{id}` and `{model}` stand for the engine's. */
  topic: string;
}
