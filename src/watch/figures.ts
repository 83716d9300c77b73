import { sumOf } from '../base/lists.ts';
import type { Bucket, EngineGain } from './bucket.ts';

/** What a window shows of one engine. Null: not known. */
export interface EngineFigures {
  id: string;
  isUp: boolean;
  requests: number | null;
  /** Share of prompt tokens found in its own prefix cache. */
  hitRate: number | null;
  /** Share found beyond it, of those asked for there. */
  externalHitRate: number | null;
  /** Of all engines' requests. */
  requestShare: number | null;
  ttftMeanS: number | null;
  /** KV events heard of it. */
  events: number | null;
}

export interface FleetFigures {
  engines: readonly EngineFigures[];
  requests: number | null;
  hitRate: number | null;
  externalHitRate: number | null;
  /**
   * Share of prompt tokens that some engine held, found or not; at least, by the KV events that are followed: what an
   * engine stored while another had it was there to be found.
   */
  availableRate: number | null;
}

type CountName = keyof EngineGain['counts'];

/** A window's buckets, oldest first, as figures. */
export function figuresOf(window: readonly Bucket[]): FleetFigures {
  const ids = Object.keys(window.at(-1)?.engines ?? {});
  const sum = (name: CountName, of: readonly string[] = ids): number | null => {
    const values = window.flatMap(({ engines }) =>
      of.flatMap((id) => engines[id]?.counts[name] ?? []),
    );
    return values.length === 0 ? null : sumOf(values);
  };
  const share = (part: CountName, whole: CountName, of: readonly string[]): number | null =>
    quotient(sum(part, of), sum(whole, of));
  const requests = sum('requests', ids);
  return {
    requests,
    hitRate: share('prefixHits', 'prefixQueries', ids),
    externalHitRate: share('externalHits', 'externalQueries', ids),
    availableRate: availableRate(window, sum),
    engines: ids.map((id) => ({
      id,
      isUp: window.at(-1)?.engines[id]?.isRead === true,
      requests: sum('requests', [id]),
      hitRate: share('prefixHits', 'prefixQueries', [id]),
      externalHitRate: share('externalHits', 'externalQueries', [id]),
      requestShare: quotient(sum('requests', [id]), requests),
      ttftMeanS: share('ttftSumS', 'ttftCount', [id]),
      events: heardSum(window, (heard) => heard[id]?.counts.events),
    })),
  };
}

function availableRate(
  window: readonly Bucket[],
  sum: (name: CountName) => number | null,
): number | null {
  const elsewhere = heardSum(window, (heard) =>
    sumOf(Object.values(heard), ({ counts }) => counts.heldElsewhereTokens ?? 0),
  );
  const [queries, hits] = [sum('prefixQueries'), sum('prefixHits')];
  if (elsewhere === null || queries === null || hits === null) return null;
  // What a connector brought was stored too, and is no miss.
  const brought = sum('externalHits') ?? 0;
  return quotient(Math.min(queries, hits + Math.max(brought, elsewhere)), queries);
}

/** Null where nothing is followed. */
function heardSum(
  window: readonly Bucket[],
  value: (heard: Bucket['heard']) => number | null | undefined,
): number | null {
  const followed = window.filter(({ heard }) => Object.keys(heard).length > 0);
  const known = followed.flatMap(({ heard }) => value(heard) ?? []);
  return known.length === 0 ? null : sumOf(known);
}

function quotient(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : part / whole;
}
