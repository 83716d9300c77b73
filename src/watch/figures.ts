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
}

export interface FleetFigures {
  engines: readonly EngineFigures[];
  requests: number | null;
  hitRate: number | null;
  externalHitRate: number | null;
}

type CountName = keyof EngineGain['counts'];

/** A window's buckets, oldest first, as figures. */
export function figuresOf(window: readonly Bucket[]): FleetFigures {
  const ids = Object.keys(window.at(-1)?.engines ?? {});
  const sum = (name: CountName, of: readonly string[]): number | null => {
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
    engines: ids.map((id) => ({
      id,
      isUp: window.at(-1)?.engines[id]?.isRead === true,
      requests: sum('requests', [id]),
      hitRate: share('prefixHits', 'prefixQueries', [id]),
      externalHitRate: share('externalHits', 'externalQueries', [id]),
      requestShare: quotient(sum('requests', [id]), requests),
      ttftMeanS: share('ttftSumS', 'ttftCount', [id]),
    })),
  };
}

function quotient(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : part / whole;
}
