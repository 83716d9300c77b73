import { headFactsOf } from '../../protocol/chat-evidence.ts';
import type { ChatExchange } from '../../target/chat.ts';
import type { Observation } from './observation.ts';
import type { ServedEvidence, ServedSource } from '../result/result-evidence.ts';

/** Most trusted first. Counters speak for whole blocks, so here they only ever fill a gap. */
const LADDER: readonly ServedSource[] = [
  'body',
  'header',
  'cached-tokens',
  'gateway-counter',
  'engine-counter',
  'direct',
];

interface ServedEngine {
  id: string;
  /** `host:port` */
  address: string;
}

export interface ServedVerdict {
  servedBy: string | null;
  source: ServedSource;
}

/** The most trusted source that spoke. */
export function servedBy(claims: Observation['claims']): ServedVerdict {
  for (const source of LADDER) {
    const id = claims[source];
    if (id !== undefined) return { servedBy: id, source };
  }
  return { servedBy: null, source: 'unknown' };
}

/** What one answer says of its server. A name or an address is turned into the engine's id when known. */
export function claimsOf(
  exchange: Pick<ChatExchange, 'servedBy' | 'headers'>,
  engines: readonly ServedEngine[],
): Observation['claims'] {
  const claims: Observation['claims'] = {};
  const { servedBy: said } = exchange;
  if (said?.source === 'body served_by') claims.body = engineIdOf(said.endpoint, engines);
  const header = headFactsOf(Object.entries(exchange.headers).flat()).servedBy;
  if (header) claims.header = engineIdOf(header.endpoint, engines);
  return claims;
}

/**
 * Before the block only the holder had the prefix. So a hit says that it answered, and with two
 * engines a reported miss says that the other one did. Unreported says nothing.
 */
export function cachedTokensClaim(
  request: { reusableTokens: number; holder: ServedEngine },
  exchange: Pick<ChatExchange, 'usage'> | undefined,
  engines: readonly ServedEngine[],
): string | undefined {
  const cached = exchange?.usage.cachedTokens;
  if (cached === undefined || request.reusableTokens === 0) return undefined;
  if (cached >= request.reusableTokens / 2) return request.holder.id;
  return engines.length === 2 ? engines.find((it) => it.id !== request.holder.id)?.id : undefined;
}

function engineIdOf(name: string, engines: readonly ServedEngine[]): string {
  return engines.find((it) => it.id === name || it.address === name)?.id ?? name;
}

/** Summary over the requests that went through the gateway. */
export function servedEvidence(observations: readonly Observation[]): ServedEvidence {
  const bySource: ServedEvidence['bySource'] = {};
  for (const { servedSource } of observations) {
    bySource[servedSource] = (bySource[servedSource] ?? 0) + 1;
  }
  return {
    requests: observations.length,
    bySource,
    agreements: agreementsOf(observations),
    unknown: bySource.unknown ?? 0,
  };
}

function agreementsOf(observations: readonly Observation[]): ServedEvidence['agreements'] {
  const found: ServedEvidence['agreements'] = [];
  for (const [index, a] of LADDER.entries()) {
    for (const b of LADDER.slice(index + 1)) {
      const both = observations.filter(
        (it) => it.claims[a] !== undefined && it.claims[b] !== undefined,
      );
      if (both.length === 0) continue;
      const agreed = both.filter((it) => it.claims[a] === it.claims[b]).length;
      found.push({ a, b, compared: both.length, agreed });
    }
  }
  return found;
}
