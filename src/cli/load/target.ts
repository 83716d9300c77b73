import type { Environment } from '../../base/environment.ts';
import { KvcacheError } from '../../base/errors.ts';
import { parseOrigin, redactUrl } from '../../base/origin.ts';
import type { Clock } from '../../base/clock.ts';
import type { PromptCertificate } from '../../load/certificate.ts';
import { estimateTokens, type Tokenize } from '../../load/prompts.ts';
import { EngineClient } from '../../net/engine-client.ts';
import { excerpt } from '../../net/answer.ts';
import { decodeServedModels } from '../../protocol/served-models.ts';
import type { Access } from '../../net/access.ts';
import { type AccessFlags, accessOf } from '../../target/access.ts';
import { refuseForwardProxy } from '../../target/forward-proxy.ts';
import { callJson, saysWhy } from '../../target/engine-http.ts';
import { engineProfile } from '../../target/engine-profile.ts';
import { engineTarget } from '../../target/targets.ts';
import type { LoadFlags } from './flags.ts';
import { cliError } from '../shell/errors.ts';

/** A server that is up, and what we need to know to put load on it. */
export interface LoadTarget {
  /** Without `/v1`. May hold user info. */
  baseUrl: string;
  model: string;
  access: Access;
  tokenize: Tokenize;
  tokenizer: PromptCertificate['tokenizer'];
  /** Of the engine's KV cache, as it says itself; undefined where nobody says. */
  blockTokens: number | undefined;
  close: () => Promise<void>;
}

interface Surroundings {
  env: Environment;
  cwd: string;
  clock: Clock;
  signal: AbortSignal;
}

const PROBE_TIMEOUT_MS = 10_000;
/** Most gateways have no metrics here; one that hangs must not hold up the run. */
const METRICS_TIMEOUT_MS = 2_000;

/** @throws KvcacheError URL_INVALID and as `accessOf` and `refuseForwardProxy` (usage), UNREACHABLE, TLS_FAILED, TIMEOUT, NOT_JSON, MODEL_UNKNOWN and what acceptAnswer throws (target) */
export async function resolveTarget(
  flags: Pick<LoadFlags, 'url' | 'model' | 'tokenizeUrl'> & AccessFlags,
  around: Surroundings,
): Promise<LoadTarget> {
  const base = parseOrigin(flags.url, '--url').url;
  const tokenizeUrl =
    flags.tokenizeUrl === undefined
      ? undefined
      : parseOrigin(flags.tokenizeUrl, '--tokenize-url').url;
  const access = accessOf(flags, around);
  refuseForwardProxy(around.env, base, tokenizeUrl ?? null);
  const model =
    flags.model === 'auto'
      ? await firstModel(base, { access, signal: around.signal })
      : flags.model;
  // Another host than the target must not see the target's key.
  const engineAccess = tokenizeUrl === undefined ? access : { ...access, headers: {} };
  const engine = new EngineClient({
    baseUrl: tokenizeUrl ?? base,
    clock: around.clock,
    access: engineAccess,
    connectionsMax: 8,
  });
  const tokenize: Tokenize = async (messages) => {
    const budget = { timeoutMs: PROBE_TIMEOUT_MS, signal: around.signal };
    return (await engine.tokenize(JSON.stringify({ model, messages }), budget)).tokens;
  };
  const hasTokenizer = await answers(tokenizeUrl ?? base, tokenize, tokenizeUrl !== undefined);
  return {
    baseUrl: base,
    model,
    access,
    tokenize: hasTokenizer ? tokenize : estimateTokens,
    tokenizer: hasTokenizer ? 'engine' : 'estimate',
    blockTokens: hasTokenizer
      ? await blockTokensOf(tokenizeUrl ?? base, engineAccess, around.signal)
      : undefined,
    close: () => engine.close(),
  };
}

async function blockTokensOf(
  url: string,
  access: Access,
  signal: AbortSignal,
): Promise<number | undefined> {
  const admission = { access, timeoutMs: METRICS_TIMEOUT_MS };
  const { blockTokens } = await engineProfile(engineTarget('target', url), admission, signal);
  return blockTokens ?? undefined;
}

/** A target without /tokenize is fine; one that was named for it must answer. */
async function answers(url: string, tokenize: Tokenize, isRequired: boolean): Promise<boolean> {
  try {
    await saysWhy(url, () => tokenize([{ role: 'user', content: 'probe' }]));
    return true;
  } catch (error) {
    const isUnsupported = error instanceof KvcacheError && error.code.startsWith('TOKENIZE_');
    if (isUnsupported && !isRequired) return false;
    throw error;
  }
}

/**
 * The first model that a server lists.
 * @throws KvcacheError MODEL_UNKNOWN, NOT_JSON (kind target), and what `callJson` throws
 */
export async function firstModel(
  base: string,
  { access, signal }: { access: Access; signal: AbortSignal },
): Promise<string> {
  const url = `${base}/v1/models`;
  const list = await callJson({ url, ...access, timeoutMs: PROBE_TIMEOUT_MS, signal });
  const [first] = decodeServedModels(list);
  if (first) return first.id;
  throw cliError('MODEL_UNKNOWN', {
    where: redactUrl(url),
    details: [excerpt(JSON.stringify(list))],
  });
}
