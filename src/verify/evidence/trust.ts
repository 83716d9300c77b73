import { byCount, countBy, sumOf } from '../../base/lists.ts';
import type { Sample } from '../../load/sample.ts';
import type { CounterSnapshot } from '../../target/counters.ts';
import type { EngineTarget } from '../../target/targets.ts';
import type { EvidenceSource, SourceTrust, Trust } from '../result/result-evidence.ts';

/** One request that was alone under way, with what the engines counted meanwhile. */
export interface Witnessed {
  sample: Sample;
  /** Engine asked directly; null through the gateway. */
  directId: string | null;
  /** By the deployment's own count; null where nobody counted. */
  promptTokens: number | null;
  /** No cache can know it but for the chat template. */
  isNew: boolean;
  /** Requests by engine; null without complete counters. */
  counted: Record<string, number> | null;
  /** Prompt tokens that all engines together took from caches; null without complete counters. */
  hits: number | null;
}

export const UNTESTED: Trust = { sources: [], aliases: {}, reporters: [], isPassedOn: false };

/** Of compared statements; fewer are luck or a stranger's request between two looks. */
const AGREED_SHARE_MIN = 0.9;
const CONTRADICTIONS_MAX = 1;

/** The engine whose counter alone moved. */
export function countedEngine({ counted }: Pick<Witnessed, 'counted'>): string | undefined {
  const moved = Object.entries(counted ?? {}).filter(([, requests]) => requests > 0);
  return moved.length === 1 ? moved[0]![0] : undefined;
}

/** Tokens that engines took from their own and from shared caches; null unless every engine counts. */
export function hitTokens({ engines }: CounterSnapshot, engineCount: number): number | null {
  const all = Object.values(engines);
  if (all.length === 0 || all.length < engineCount) return null;
  if (all.some((it) => it.prefixHits === null)) return null;
  return sumOf(all, (it) => it.prefixHits! + (it.externalHits ?? 0));
}

/**
 * Scores what answers say against what the engines counted while nothing else was under way. A source
 * that contradicts the counters is not used for the rest of the run.
 * @param missTokens cached tokens up to here are the chat template
 */
export function scoreSources(
  seen: readonly Witnessed[],
  engines: readonly EngineTarget[],
  missTokens: number,
): Trust {
  const through = seen.filter((it) => it.directId === null && it.sample.failure === undefined);
  const names = (['body', 'header'] as const).map((source) => scoreNames(source, through, engines));
  const cached = scoreCachedTokens(seen, missTokens);
  return {
    sources: [...names.map((it) => it.score), cached].filter(({ compared }) => compared > 0),
    aliases: Object.assign({}, ...names.map((it) => it.aliases)) as Record<string, string>,
    reporters: [],
    isPassedOn: through.some((it) => (it.sample.cachedTokens ?? 0) > missTokens),
  };
}

/** What one answer says of its server, as it says it. */
export function nameOf(source: 'body' | 'header', sample: Sample): string | undefined {
  if (source === 'header') return sample.headerServedBy;
  return sample.servedBySource === 'body served_by' ? sample.servedBy : undefined;
}

/** The engine of that name, id, address or host; undefined for a name nobody knows. */
export function engineNamed(
  name: string,
  engines: readonly EngineTarget[],
  aliases: Readonly<Record<string, string>> = {},
): string | undefined {
  const found = engines.filter(
    ({ id, address }) =>
      id === name || address === name || address.replace(/:\d+$/, '') === name.replace(/:\d+$/, ''),
  );
  const exact = found.find(({ id, address }) => id === name || address === name);
  return exact?.id ?? (found.length === 1 ? found[0]!.id : aliases[name]);
}

function scoreNames(
  source: 'body' | 'header',
  through: readonly Witnessed[],
  engines: readonly EngineTarget[],
): { score: SourceTrust; aliases: Record<string, string> } {
  const told = through.flatMap((it) => {
    const [name, counted] = [nameOf(source, it.sample), countedEngine(it)];
    return name === undefined || counted === undefined ? [] : [{ name, counted }];
  });
  const strangers = [...new Set(told.map(({ name }) => name))].filter(
    (name) => engineNamed(name, engines) === undefined,
  );
  const aliases = Object.fromEntries(
    strangers.map((name) => [name, mostFrequent(told.filter((it) => it.name === name))]),
  );
  const meant = (name: string): string | undefined => engineNamed(name, engines, aliases);
  const wrong = told.filter(({ name, counted }) => meant(name) !== counted);
  const first = wrong[0];
  const quote =
    first && `${source} named ${first.name}, the counter that moved was ${first.counted}'s`;
  return { score: scoreOf(source, told.length, wrong.length, quote), aliases };
}

/**
 * A reported hit that no engine counted, or one that was counted and not reported. Without counters, a
 * hit of a prompt that is new; with them it is a prompt that somebody else has sent before.
 */
function scoreCachedTokens(seen: readonly Witnessed[], missTokens: number): SourceTrust {
  const told = seen.filter(
    ({ sample, hits, isNew }) => sample.cachedTokens !== undefined && (hits !== null || isNew),
  );
  const wrong = told.filter(({ sample, hits }) => {
    const isClaimed = sample.cachedTokens! > missTokens;
    return hits === null ? isClaimed : isClaimed !== hits > missTokens;
  });
  const first = wrong[0];
  const quote =
    first &&
    `usage reported ${first.sample.cachedTokens} cached tokens${first.isNew ? ' of a new prompt' : ''}, the engines counted ${first.hits ?? 'nothing'}`;
  return scoreOf('cached-tokens', told.length, wrong.length, quote);
}

function scoreOf(
  source: EvidenceSource,
  compared: number,
  contradictions: number,
  quote: string | undefined,
): SourceTrust {
  const agreed = compared - contradictions;
  const isTrusted =
    contradictions <= CONTRADICTIONS_MAX || agreed / Math.max(1, compared) >= AGREED_SHARE_MIN;
  return { source, compared, agreed, isTrusted, contradiction: quote ?? null };
}

function mostFrequent(told: readonly { counted: string }[]): string {
  return byCount(countBy(told, (it) => it.counted))[0]![0];
}
