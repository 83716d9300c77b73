import { sumOf } from '../../base/lists.ts';
import { type Bucket, eventsOf } from '../bucket.ts';
import {
  type AlertRow,
  CONSEQUENCES,
  evidenceOf,
  ofSeries,
  type Raised,
  type View,
} from './alert.ts';

const REQUESTS_MIN = 32;
/** No engine has larger blocks. */
const BLOCK_TOKENS_MAX = 128;
/** Fewer may have come after the gateway was read. */
const EVENTS_MIN = 8;
/** Blocks that must have been filled by what was computed, when nobody knows what is usual. */
const BLOCKS_MIN = 32;

/** An index that nobody tells anything. */
export const eventsStopped: AlertRow = {
  id: 'events-stopped',
  severity: 'critical',
  sentence: (engine) => `KV events${engine && ` of ${engine}`} no longer arrive.`,
  remedy:
    'Check that the engine publishes KV events, and that who follows them reaches their address.',
  causes: ['stale-index'],
  holds: (view) => [
    ...view.engineIds.filter((id) => hasServed(view, id)).flatMap((id) => silenceOf(view, id)),
    ...ofSeries(view, 'unheard').map((it) => ({ subject: '', evidence: evidenceOf(it) })),
  ],
  explains: [...CONSEQUENCES, 'published', 'unheard', 'unheld'],
};

function silenceOf(view: View, subject: string): Raised[] {
  const evidence = whyDeaf(view, subject) ?? whySilent(view, subject);
  return evidence === undefined ? [] : [{ subject, evidence }];
}

/** An engine that keeps nothing has nothing to tell. */
function hasServed(view: View, id: string): boolean {
  const isOff = view.buckets.at(-1)?.engines[id]?.prefixCaching === false;
  return !isOff && gainOf(view, ({ engines }) => engines[id]?.counts.requests) >= REQUESTS_MIN;
}

/** It publishes, or may, and somebody does not hear it. */
function whyDeaf({ buckets }: View, id: string): string | undefined {
  const heardBy = (who: (bucket: Bucket) => number | null | undefined): number =>
    sumOf(buckets, (it) => who(it) ?? Number.NaN);
  const ours = heardBy(({ heard }) => heard[id]?.counts.events);
  const gateways = heardBy(({ gateway }) => gateway?.events?.[id]);
  if (gateways === 0 && ours >= EVENTS_MIN) {
    return `it published ${ours} in a window, and none of them reached the gateway`;
  }
  const isUnreached = buckets.every(({ heard }) => heard[id]?.wasHeard === false);
  if (!isUnreached || gateways > 0) return undefined;
  const trouble = buckets.at(-1)?.heard[id]?.trouble ?? 'not all it told could be had';
  return `nothing was heard of it for a window: ${trouble}`;
}

/** It serves, and tells nobody of what it must have stored, or used to tell of. */
function whySilent(view: View, id: string): string | undefined {
  if (!view.buckets.every((it) => eventsOf(it, id) === 0)) return undefined;
  const isUnusual = ofSeries(view, 'published').some(({ subject }) => subject === id);
  const isCertain = filledBlocks(view, id) >= BLOCKS_MIN;
  return isUnusual || isCertain
    ? 'it serves requests, and no event came for a whole window'
    : undefined;
}

/** At least: the last block of a prompt may be left open. */
function filledBlocks(view: View, id: string): number {
  const gained = (name: 'prefixQueries' | 'prefixHits' | 'requests'): number =>
    gainOf(view, ({ engines }) => engines[id]?.counts[name]);
  const computed = gained('prefixQueries') - gained('prefixHits');
  return (computed - BLOCK_TOKENS_MAX * gained('requests')) / BLOCK_TOKENS_MAX;
}

/** Over the window; what is not known counts as nothing. */
function gainOf({ buckets }: View, value: (bucket: Bucket) => number | null | undefined): number {
  return sumOf(buckets, (it) => value(it) ?? 0);
}
