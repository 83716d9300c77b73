import { sumOf } from '../base/lists.ts';
import { LOOKUP_FAILURES } from '../verify/judge/causes/lookup-fails.ts';
import { type Bucket, type EngineGain, eventsOf } from './bucket.ts';
import { medianOfSorted, type Point } from './reference.ts';

/** One thing that is followed, for the fleet or for each engine. */
export interface Series {
  id: string;
  /** What people call it. */
  name: string;
  unit: 'share' | 'seconds' | 'ratio' | 'tokens';
  /** Smallest change that anybody would act on; of logarithms where `isRelative`. */
  matters: number;
  /** Judged by ratios: the value is a logarithm. */
  isRelative?: boolean;
  /** The engines share what it counts: what one gains the others lose. */
  isShared?: true;
  /** Which way is bad; 0: both. */
  bad: -1 | 0 | 1;
  /** Points in a row that make a deviation, and its end. Default: those of a window. */
  confirm?: number;
  /** By subject: an engine's id, or '' for the fleet. A subject nothing is known of is absent. */
  points: (bucket: Bucket) => Readonly<Record<string, Point>>;
}

/** Fewer requests in a bucket say nothing. */
const REQUESTS_MIN = 8;

export const SERIES: readonly Series[] = [
  {
    id: 'hit-rate',
    name: 'prefix hit rate',
    unit: 'share',
    matters: 0.15,
    bad: -1,
    points: (bucket) => fleet(hitRate(sumOfEngines(bucket))),
  },
  {
    id: 'engine-hit-rate',
    name: 'prefix hit rate of the engine',
    unit: 'share',
    matters: 0.2,
    bad: -1,
    points: perEngine(hitRate),
  },
  {
    id: 'external-hit-rate',
    name: 'hit rate beyond the engines',
    unit: 'share',
    matters: 0.2,
    bad: -1,
    points: (bucket) => fleet(externalHitRate(sumOfEngines(bucket))),
  },
  {
    id: 'request-share',
    name: 'requests, of a fair share',
    unit: 'ratio',
    isShared: true,
    matters: 0.6,
    bad: 1,
    points: fairShares,
  },
  {
    id: 'ttft',
    name: 'mean TTFT, of the engines’ median',
    unit: 'ratio',
    matters: Math.log(1.4),
    isRelative: true,
    bad: 1,
    points: relative(({ ttftSumS, ttftCount }) => ratio(ttftSumS, ttftCount)),
  },
  {
    id: 'prompt-tokens',
    name: 'prompt tokens a request, of the engines’ median',
    unit: 'ratio',
    matters: Math.log(1.15),
    isRelative: true,
    bad: 0,
    points: relative(({ promptTokens, requests }) => ratio(promptTokens, requests)),
  },
  {
    id: 'preemptions',
    name: 'preemptions a request',
    unit: 'ratio',
    matters: 0.05,
    bad: 1,
    points: (bucket) => {
      const { preemptions, requests } = sumOfEngines(bucket);
      return fleet(pointOf(preemptions, requests, requests));
    },
  },
  {
    id: 'found',
    name: 'cached tokens, of those the gateway predicted',
    unit: 'share',
    matters: 0.15,
    bad: -1,
    points: ({ gateway }) => {
      const { actualTokens, predictedTokens, comparedRequests } = gateway?.counts ?? {};
      return fleet(pointOf(actualTokens, predictedTokens, comparedRequests));
    },
  },
  {
    id: 'token-drift',
    name: 'prompts that an engine counts otherwise than the gateway',
    unit: 'share',
    matters: 0.1,
    bad: 1,
    points: ({ gateway }) => {
      const { driftRequests, comparedRequests } = gateway?.counts ?? {};
      return fleet(pointOf(driftRequests, comparedRequests, comparedRequests));
    },
  },
  {
    id: 'published',
    name: 'KV events a request, counted up to one',
    unit: 'ratio',
    matters: 0.2,
    bad: -1,
    points: published,
  },
  {
    id: 'probe',
    name: 'repeats of our own that found their beginning',
    unit: 'share',
    matters: 0.25,
    bad: -1,
    // A point is a round, and says by itself what all other series only suggest.
    confirm: 2,
    points: ({ probe: { found, repeats } }) => fleet(pointOf(found, repeats, repeats)),
  },
  reasons('unheld', 'requests nobody held the prompt of', ['no-holder', 'below-minimum']),
  reasons('strangers', 'requests whose holder is no endpoint', ['unknown-instance']),
  reasons('unasked', 'requests the index was not asked for', [...LOOKUP_FAILURES]),
  reasons('unheard', 'requests while KV events were missing', ['no-events']),
  reasons('unhinted', 'requests without a routing decision', ['off', 'none', '']),
];

/** Share of the gateway's requests that have one of these reasons. */
function reasons(id: string, name: string, codes: readonly string[]): Series {
  return {
    id,
    name,
    unit: 'share',
    matters: 0.2,
    bad: 1,
    points: ({ gateway }) => {
      if (!gateway?.reasons) return {};
      const counts = gateway.reasons;
      const total = sumOf(Object.values(counts));
      return fleet(
        pointOf(
          sumOf(codes, (it) => counts[it] ?? 0),
          total,
          total,
        ),
      );
    },
  };
}

type Counts = Partial<EngineGain['counts']>;

function sumOfEngines({ engines }: Bucket): Counts {
  const sum: Record<string, number | null> = {};
  for (const { counts } of Object.values(engines)) {
    for (const [name, value] of Object.entries(counts)) {
      sum[name] = value === null ? (sum[name] ?? null) : (sum[name] ?? 0) + value;
    }
  }
  return sum;
}

function fleet(point: Point | undefined): Record<string, Point> {
  return point ? { '': point } : {};
}

function perEngine(pointAt: (counts: Counts) => Point | undefined): Series['points'] {
  return ({ engines }) => {
    const found: Record<string, Point> = {};
    for (const [id, { counts }] of Object.entries(engines)) {
      const point = pointAt(counts);
      if (point) found[id] = point;
    }
    return found;
  };
}

function hitRate({ prefixHits, prefixQueries, requests }: Counts): Point | undefined {
  return pointOf(prefixHits, prefixQueries, requests);
}

function externalHitRate({ externalHits, externalQueries, requests }: Counts): Point | undefined {
  return pointOf(externalHits, externalQueries, requests);
}

/** Each engine's requests over what would be fair; 1 for all when none stands out. */
function fairShares({ engines }: Bucket): Record<string, Point> {
  const counted = Object.entries(engines).flatMap(([id, { counts, isRead }]) =>
    isRead && typeof counts.requests === 'number' ? [[id, counts.requests] as const] : [],
  );
  const total = sumOf(counted, ([, requests]) => requests);
  if (counted.length < 2 || total < REQUESTS_MIN * counted.length) return {};
  const fair = 1 / counted.length;
  return Object.fromEntries(
    counted.map(([id, requests]) => {
      const share = requests / total;
      return [id, { value: share / fair, error: shareError(share, total) / fair }];
    }),
  );
}

/** A request whose blocks are all there already is told of by none. */
function published(bucket: Bucket): Record<string, Point> {
  const points = Object.entries(bucket.engines).flatMap(
    ([
      id,
      {
        counts: { requests },
      },
    ]) => {
      const events = eventsOf(bucket, id);
      const told = events === undefined ? undefined : Math.min(events, requests ?? 0);
      const point = pointOf(told, requests, requests);
      return point ? [[id, point] as const] : [];
    },
  );
  return Object.fromEntries(points);
}

/**
 * An engine's figure over what is usual among all, as a logarithm: what moves the whole fleet, as the
 * time of day does, moves none of them. A fleet of one is compared with its own past, and where the others
 * serve nothing there is nothing to compare with.
 */
function relative(figureOf: (counts: Counts) => number | null): Series['points'] {
  return ({ engines }) => {
    const all = Object.entries(engines);
    const figures = all.flatMap(([id, { counts }]) => {
      const figure = (counts.requests ?? 0) >= REQUESTS_MIN ? figureOf(counts) : null;
      return figure === null || figure <= 0 ? [] : [{ id, figure, requests: counts.requests! }];
    });
    if (figures.length < Math.min(2, all.length)) return {};
    const sorted = figures.map(({ figure }) => figure).toSorted((a, b) => a - b);
    return Object.fromEntries(
      figures.map(({ id, figure, requests }) => {
        const value = Math.log(figure / medianBeside(sorted, figure));
        return [id, { value, error: 0.2 / Math.sqrt(requests) }];
      }),
    );
  };
}

/** What one of the sorted values is compared with: of two the other, of more their median, which no single one moves; else 1. */
function medianBeside(sorted: readonly number[], value: number): number {
  if (sorted.length > 2) return medianOfSorted(sorted);
  return sorted.toSpliced(sorted.indexOf(value), 1)[0] ?? 1;
}

function ratio(part: number | null | undefined, whole: number | null | undefined): number | null {
  return typeof part === 'number' && typeof whole === 'number' && whole > 0 ? part / whole : null;
}

function pointOf(
  part: number | null | undefined,
  whole: number | null | undefined,
  requests: number | null | undefined,
): Point | undefined {
  const value = ratio(part, whole);
  if (value === null || !(requests! >= REQUESTS_MIN)) return undefined;
  return { value, error: shareError(Math.min(1, value), requests!) };
}

/** Never 0: a share that was 0 or 1 over n requests may be 1/n off. */
function shareError(share: number, requests: number): number {
  return Math.sqrt(Math.max(share * (1 - share), 1 / requests) / requests);
}
