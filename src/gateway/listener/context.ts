import type { IncomingHttpHeaders } from 'node:http';
import type { RoutingPolicy } from '../../config/routing-policies.ts';
import type { Cluster } from '../balance/cluster.ts';

/** Why a request went where it went: response header `x-kvcache-reason`, access log, metric label. */
export type ReasonCode =
  | 'hit'
  | 'prefix-hit'
  /** The prefix index stood in: no lookup could be made, `cause` says why. */
  | 'prefix-hit-degraded'
  /** Looked up by the tokens of a known beginning of the prompt, not by all of them. */
  | 'partial-hit'
  | 'below-minimum'
  | 'no-holder'
  | 'tokenize-timeout'
  | 'tokenize-failed'
  | 'lookup-timeout'
  | 'lookup-failed'
  | 'wrong-dialect'
  /** The controller is a coordinator too old to know who holds what. */
  | 'no-directory'
  /** An engine's KV events are not heard, or not all of them. */
  | 'no-events'
  | 'breaker-open'
  | 'unknown-instance'
  | 'unhealthy'
  | 'overloaded'
  | 'session'
  | 'tie'
  | 'fallback'
  | 'no-prompt'
  /** The body is compressed in a way that cannot be undone here. */
  | 'encoded'
  /** There is a prompt, but nobody tells its exact tokens. */
  | 'no-tokens'
  /** Images or sound: equal tokens say nothing about equal content. */
  | 'multimodal'
  /** The client isolates its cache entries, which this controller cannot see. */
  | 'salted'
  /** Only as a cause: the store of the shared memory is not reached, own memory decided. */
  | 'not-shared'
  | 'policy'
  | 'off';

/** What the routing step wants; advice that the proxy may not be able to follow. */
export interface RouteDecision {
  policy: RoutingPolicy;
  reason: ReasonCode;
  /** Why there was no lookup, where the prefix index stood in for it. */
  cause?: ReasonCode;
  /** The endpoint to prefer; undefined leaves the choice to the cluster's `lb_policy`. */
  endpointId: string | undefined;
  /** Tokens the preferred endpoint is believed to hold; undefined = unknown, not zero. */
  predictedCachedTokens: number | undefined;
  /** Prompt tokens as the gateway counted them; undefined = not tokenized. */
  promptTokens: number | undefined;
}

/** What became of the request, told once to everybody who asked through `onFinished`. */
export interface ExchangeResult {
  /** Endpoint that answered; undefined when none did. */
  endpointId: string | undefined;
  status: number;
  /** First byte of the response body at the client's side, monotonic ms; undefined when none came. */
  firstByteMs: number | undefined;
  finishedMs: number;
  attempts: number;
  isClientGone: boolean;
  /** As the engine reported it; undefined = not reported. */
  usage: EngineUsage | undefined;
}

export interface EngineUsage {
  promptTokens: number;
  completionTokens: number;
  /** Undefined when the engine did not say, which is not zero. */
  cachedTokens: number | undefined;
}

/** What travels with one request through the filter chain. */
export interface RequestContext {
  readonly id: string;
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** The whole request body, bounded before the first filter that needs it. */
  readonly body: Buffer;
  readonly cluster: Cluster;
  /** Monotonic ms at which the request's head had arrived. */
  readonly startedMs: number;
  /** Undefined until a routing filter decides. */
  decision: RouteDecision | undefined;
  isClientGone: boolean;
  /** Called when the client leaves before the response is complete. */
  onClientGone(listener: () => void): void;
  /** Called with each endpoint that the request is sent to, at the time. */
  onSent(listener: (endpointId: string) => void): void;
  /** Called once, after the response is complete or the client has left. */
  onFinished(listener: (result: ExchangeResult) => void): void;
}

/** One step. Filters run in the order written; the first listed sees the request first. */
export type Filter = (context: RequestContext, next: () => Promise<void>) => Promise<void>;
