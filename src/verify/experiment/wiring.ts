import { decisionOf, mustChat } from '../../target/chat.ts';
import { preferredInstance } from '../../kv/preferred.ts';
import type { ChatExchange } from '../../target/chat.ts';
import type { Holding } from '../../protocol/lmcache.ts';
import type { Deployment } from '../../target/deployment.ts';
import { reusableTokens } from '../../target/alignment.ts';
import type { PromptMaker } from './prompts.ts';
import type { WiringEvidence } from '../result/result.ts';
import { claimsOf, servedBy } from '../evidence/served-by.ts';
import type { EngineTarget } from '../../target/targets.ts';

/** Pixiu routes a prompt only from its second appearance on, so the first repeat proves nothing. */
const WARMING_REPEATS = 1;
/** Four in a row are right by chance once in 2⁴ even with two engines. */
const REPEATS = 4;

export interface WiringResult {
  evidence: WiringEvidence;
  /** Whether the gateway lets a request choose its routing policy: then B needs no second gateway. */
  honoursPolicyHeader: boolean;
  gatewayVersion: string | null;
  requests: number;
}

/**
 * Follows one prompt: to an engine, into the controller, and back through the gateway.
 * @throws KvcacheError when an engine or the gateway does not answer (kind target)
 */
export async function traceWiring(
  deployment: Deployment,
  maker: PromptMaker,
  { outputTokens, admissionDeadlineMs }: { outputTokens: number; admissionDeadlineMs: number },
): Promise<WiringResult> {
  const { engines, clock, gateway, chat } = deployment;
  const prompt = maker.cacheable('wiring').measured;
  const tokens = await deployment.tokenize(prompt);
  // The last engine: a static answer tends to name the first.
  const holder = engines.at(-1)!;
  const cold = await mustChat({ url: holder.url, prompt, outputTokens }, chat);
  const sentMs = clock.nowMs();
  const holdings = await deployment.lookupWithin(tokens, admissionDeadlineMs);
  const admissionMs = holdings.length > 0 ? clock.nowMs() - sentMs : null;

  const repeats = [];
  for (let repeat = 0; repeat < WARMING_REPEATS + REPEATS; repeat++) {
    repeats.push(await mustChat({ url: gateway.url, prompt, outputTokens }, chat));
  }
  const counted = repeats.slice(WARMING_REPEATS);
  const last = counted.at(-1)!;
  const honoursPolicyHeader = await asksForPolicy(deployment, prompt);
  return {
    evidence: {
      ...routingOf(engines, { holdings, repeats: counted }),
      promptTokens: tokens.length,
      reusableTokens: reusableTokens(tokens.length, tokens.length),
      holderId: holder.id,
      admissionMs,
      coldTtftMs: cold.ttftMs ?? cold.latencyMs,
    },
    honoursPolicyHeader,
    gatewayVersion: typeof last.headers['server'] === 'string' ? last.headers['server'] : null,
    requests: repeats.length + 2,
  };
}

/** What the controller said and what the gateway made of it. */
function routingOf(
  engines: readonly EngineTarget[],
  { holdings, repeats }: { holdings: readonly Holding[]; repeats: readonly ChatExchange[] },
): Omit<
  WiringEvidence,
  'promptTokens' | 'reusableTokens' | 'holderId' | 'admissionMs' | 'coldTtftMs'
> {
  const preferred = preferredInstance(holdings);
  const servers = repeats.map((it) => servedBy(claimsOf(it, engines)).servedBy);
  const last = repeats.at(-1)!;
  return {
    layout: Object.fromEntries(
      holdings.map(({ instanceId, location, matchedTokens }) => [
        instanceId,
        { location, matchedTokens },
      ]),
    ),
    preferredId: preferred?.instanceId ?? null,
    preferredAddress: engines.find((it) => it.id === preferred?.instanceId)?.address ?? null,
    // One that went elsewhere speaks louder than three that did not.
    repeatServedBy: servers.find((it) => it !== preferred?.instanceId) ?? servers[0] ?? null,
    repeats: repeats.length,
    repeatsToPreferred: servers.filter((it) => it !== null && it === preferred?.instanceId).length,
    repeatReason: decisionOf(last).reason,
    repeatCachedTokens: last.usage.cachedTokens ?? null,
    repeatTtftMs: last.ttftMs ?? last.latencyMs,
  };
}

/** A gateway that obeys says so in its reason. */
async function asksForPolicy({ gateway, chat }: Deployment, prompt: string): Promise<boolean> {
  const exchange = await mustChat(
    { url: gateway.url, prompt, outputTokens: 1, policy: 'round-robin' },
    chat,
  );
  return decisionOf(exchange).reason === 'policy';
}
