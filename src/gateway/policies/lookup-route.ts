import { codeOf } from '../../base/errors.ts';
import type { PromptIdentity, PromptTokens } from '../../net/controller/driver.ts';
import type { Layout } from '../../protocol/lmcache.ts';
import type { ReasonCode } from '../listener/context.ts';
import type { Cluster } from '../balance/cluster.ts';
import { contendersOf } from './candidates.ts';
import { chooseEndpoint, type ChoiceOptions } from './choose.ts';
import type { Prompt } from '../lookup/prompt.ts';
import type { PromptTokensSource } from '../lookup/prompt-tokens.ts';

/** Everything one routing decision was made from, for the decision itself and for `explain`. */
export interface LookupTrace {
  reason: ReasonCode;
  endpointId: string | undefined;
  predictedCachedTokens: number | undefined;
  tokens: PromptTokens | undefined;
  /** Where the tokens came from; undefined when there are none. */
  tokensFrom: 'cache' | 'engine' | 'beginning' | undefined;
  layout: Layout | undefined;
  /** Why tokenizing or looking up failed. */
  failure: unknown;
}

export interface LookupRouteOptions {
  nowMs: () => number;
  /** Whether whoever is asked tells salted entries apart. */
  knowsSalts: () => boolean;
  source: Pick<PromptTokensSource, 'cached' | 'beginning' | 'tokenizeWithin'>;
  tokenizeTimeoutMs: number;
  /** Asks who holds a prompt, within the time a request has for that. */
  holdersOf: (prompt: PromptIdentity, cluster: Cluster) => Promise<Layout>;
  choice: ChoiceOptions;
}

/** Routes by asking somebody, such as the controller, who holds the prompt. Never throws: a failure is a reason. */
export class LookupRoute {
  readonly #options: LookupRouteOptions;

  constructor(options: LookupRouteOptions) {
    this.#options = options;
  }

  async decide(prompt: Prompt, cluster: Cluster): Promise<LookupTrace> {
    const trace = emptyTrace();
    const objection = objectionTo(prompt, this.#options.knowsSalts);
    if (objection) {
      trace.reason = objection;
      return trace;
    }
    trace.tokens = this.#options.source.cached(prompt);
    if (trace.tokens) trace.tokensFrom = 'cache';
    else if (!(await this.#findTokens(prompt, cluster, trace))) return trace;
    try {
      const { model, cacheSalt } = prompt;
      const identity = { tokens: trace.tokens!, model, cacheSalt };
      trace.layout = await this.#options.holdersOf(identity, cluster);
    } catch (failure) {
      trace.failure = failure;
      trace.reason = lookupReason(failure);
      return trace;
    }
    this.#choose(cluster, trace);
    return trace;
  }

  /** For prompts that are not in the cache. */
  async #findTokens(prompt: Prompt, cluster: Cluster, trace: LookupTrace): Promise<boolean> {
    const { source, tokenizeTimeoutMs } = this.#options;
    const beginning = source.beginning(prompt);
    if (beginning && beginning.share >= BEGINNING_SHARE_MIN) return useBeginning(trace, beginning);
    try {
      trace.tokens = await source.tokenizeWithin(prompt, cluster, tokenizeTimeoutMs);
      trace.tokensFrom = 'engine';
      return true;
    } catch (failure) {
      trace.failure = failure;
      if (beginning) return useBeginning(trace, beginning);
      trace.reason = tokenizeReason(failure, prompt);
      return false;
    }
  }

  #choose(cluster: Cluster, trace: LookupTrace): void {
    const { holdings } = trace.layout!;
    const contenders = contendersOf(cluster, holdings, this.#options.nowMs());
    const choice = chooseEndpoint(contenders, this.#options.choice);
    const isStranger =
      holdings.length > 0 && !holdings.some((it) => cluster.byId.has(it.instanceId));
    trace.reason = isStranger ? 'unknown-instance' : choice.reason;
    if (trace.tokensFrom === 'beginning' && trace.reason === 'hit') trace.reason = 'partial-hit';
    trace.endpointId = choice.endpointId;
    // What the choice counts may be less than what lies there.
    const matched =
      holdings.findLast((it) => it.instanceId === choice.endpointId)?.matchedTokens ??
      choice.matchedTokens;
    trace.predictedCachedTokens =
      matched === undefined ? undefined : Math.min(matched, trace.tokens!.count);
  }
}

/** Why a prompt cannot be looked up at all. */
function objectionTo(prompt: Prompt, knowsSalts: () => boolean): ReasonCode | undefined {
  if (prompt.isMultimodal) return 'multimodal';
  if (!prompt.plan) return 'no-prompt';
  return prompt.cacheSalt !== '' && !knowsSalts() ? 'salted' : undefined;
}

/**
 * From this share of a prompt on, its proven beginning is looked up without waiting for the rest to
 * be tokenized: what no engine has seen yet cannot be cached anywhere.
 */
const BEGINNING_SHARE_MIN = 0.5;

function useBeginning(trace: LookupTrace, beginning: { tokens: PromptTokens }): true {
  trace.tokens = beginning.tokens;
  trace.tokensFrom = 'beginning';
  return true;
}

function emptyTrace(): LookupTrace {
  return {
    reason: 'no-prompt',
    endpointId: undefined,
    predictedCachedTokens: undefined,
    tokens: undefined,
    tokensFrom: undefined,
    layout: undefined,
    failure: undefined,
  };
}

function tokenizeReason(failure: unknown, { plan }: Prompt): ReasonCode {
  const code = codeOf(failure);
  // Few engines have the route, and none has to.
  if (code === 'TOKENIZE_UNSUPPORTED' && plan?.kind === 'render') return 'no-tokens';
  if (code === 'TIMEOUT') return 'tokenize-timeout';
  return code === 'BREAKER_OPEN' ? 'breaker-open' : 'tokenize-failed';
}

function lookupReason(failure: unknown): ReasonCode {
  const code = codeOf(failure);
  if (code === 'TIMEOUT') return 'lookup-timeout';
  if (code === 'BREAKER_OPEN') return 'breaker-open';
  if (code === 'CONTROLLER_NO_DIRECTORY') return 'no-directory';
  if (code === 'KV_EVENTS_UNHEARD') return 'no-events';
  return code === 'CONTROLLER_WRONG_DIALECT' ? 'wrong-dialect' : 'lookup-failed';
}
