import { present } from '../base/lists.ts';
import { formatDuration } from '../base/duration.ts';
import type { Interval } from '../stats/interval.ts';
import { formatCount } from '../base/figures.ts';
import { formatEnds, formatHitShare, formatShare } from '../verify/result/format.ts';
import { armName } from '../verify/result/names.ts';
import type {
  HitRate,
  LookupEvidence,
  RoutingEvidence,
  RoutingTestId,
  ServedEvidence,
} from '../verify/result/result-evidence.ts';
import type { VerifyFigures } from './model.ts';
import type { Table } from './table.ts';

/** Whether requests reached the engine that holds their prefix, what nobody knows included. */
export function hitTable(hitRate: HitRate | null): Table {
  return {
    title: 'reached the holder',
    head: ['', 'requests', 'hit', 'missed', 'unknown', 'share', '95 %', 'chance'],
    rows: hitRate ? [routedRow(hitRate), ...unroutedRow(hitRate)] : [],
    notes: hitRate ? hitNotes(hitRate) : [],
  };
}

function routedRow(hitRate: HitRate): string[] {
  const { total, hits, misses, unknown, interval, chance } = hitRate;
  return [
    armName('C'),
    ...[total, hits, misses, unknown].map(formatCount),
    formatHitShare(hitRate),
    endsText(interval),
    formatShare(chance),
  ];
}

function unroutedRow({ withoutRouting }: HitRate): string[][] {
  if (!withoutRouting) return [];
  const { hits, total, interval } = withoutRouting;
  const share = formatShare(total === 0 ? null : hits / total);
  return [
    [
      armName('B'),
      ...[total, hits, total - hits, 0].map(formatCount),
      share,
      endsText(interval),
      '',
    ],
  ];
}

function hitNotes({ unknown, total, byCounters, hotSpot }: HitRate): string[] {
  return present([
    'The holder is the engine whose cache has the beginning of the prompt; chance is what blind choice reaches.',
    unknown > 0 &&
      `${unknown} of ${total} requests nobody could attribute: the share lies within its bounds.`,
    byCounters > 0 &&
      `${byCounters} requests were told apart by the engines’ counters of their block only.`,
    hotSpot &&
      `Busiest engine: ${hotSpot.endpointId} with ${formatShare(hotSpot.share)}; a fair share is ${formatShare(hotSpot.fairShare)}.`,
  ]);
}

function endsText(interval: Interval | null): string {
  return interval ? formatEnds(interval, formatShare) : 'no interval';
}

const TEST_NAMES: Readonly<Record<RoutingTestId, string>> = {
  index: 'what an engine was given',
  memory: 'a beginning routed before',
  'memory-exact': 'a prompt routed before',
  connection: 'the same connection',
  session: 'the same session',
};

/** What the probe found, one request at a time. */
export function routingTable(routing: RoutingEvidence | null): Table {
  return {
    title: 'how it routes',
    head: ['found again', 'of', 'found', 'unknown', '95 %', 'chance', 'p'],
    rows: (routing?.tests ?? []).map(({ id, trials, found, unknown, chance, interval, p }) => [
      TEST_NAMES[id],
      `${trials}`,
      `${found}`,
      `${unknown}`,
      trials === unknown ? 'not known' : endsText(interval),
      formatShare(chance),
      p === null ? 'unknown' : p.toPrecision(2),
    ]),
    notes: routing ? routingNotes(routing) : [],
  };
}

function routingNotes(routing: RoutingEvidence): string[] {
  const { shares, requests, uncounted, repeated, isOneProcess, addedTokens } = routing;
  const { reached, reachedCold } = routing;
  const parts = Object.entries(shares ?? {}).map(([id, share]) => `${id} ${formatShare(share)}`);
  return present([
    parts.length > 0 && `Sent one at a time, they went to: ${parts.join(', ')}.`,
    uncounted !== null &&
      uncounted > 0 &&
      `${uncounted} of ${requests} answers were counted by no engine.`,
    repeated !== null &&
      repeated > 0 &&
      `${repeated} of ${requests} requests were counted more than once.`,
    isOneProcess === true && 'Asking one engine moves the counters of another.',
    reachedCold > 0 &&
      `${reachedCold} of ${reached} repeats that came to their holder found nothing there.`,
    addedTokens !== null &&
      Math.abs(addedTokens) >= 1 &&
      `Prompts are ${addedTokens.toFixed(1)} tokens longer through the gateway.`,
    holderNote('The controller', routing.lookup),
    holderNote('KV events', routing.events),
  ]);
}

/** Who told which engine holds a prompt, and how often that was right. */
function holderNote(who: string, answers: LookupEvidence | null | undefined): string {
  if (!answers || answers.asked === 0) return '';
  const { asked, listed, namedHolder, strangers, admissionMs } = answers;
  const after = admissionMs === null ? '' : `, after ${formatDuration(admissionMs)}`;
  const others = strangers.length > 0 ? `; no engine here: ${strangers.join(', ')}` : '';
  return `${who} listed ${listed} of ${asked} prompts${after}, and named the holder ${namedHolder} times${others}.`;
}

/** Whose word counted, and who contradicted the engines. */
export function trustTable(result: VerifyFigures): Table {
  const sources = result.served?.sources ?? [];
  return {
    title: 'who was believed',
    head: ['source', 'agreed', 'of', 'decided', 'believed'],
    rows: sources.map(({ source, agreed, compared, isTrusted }) => [
      source,
      `${agreed}`,
      `${compared}`,
      `${result.served?.bySource[source] ?? 0}`,
      isTrusted ? 'yes' : 'NO',
    ]),
    notes: result.served ? trustNotes(result.served) : [],
  };
}

function trustNotes(served: ServedEvidence): string[] {
  return present([
    ...doubtNotes(served),
    deciderNote(served),
    served.requests > 0 &&
      !served.isPassedOn &&
      'No cached tokens come through the gateway: that nothing was reported says nothing.',
  ]);
}

/** One contradiction may be a stranger's request: said, and not held against the source. */
function doubtNotes({ sources }: ServedEvidence): string[] {
  return sources
    .filter((it) => it.isTrusted && it.contradiction !== null)
    .map(
      ({ source, contradiction }) =>
        `${source} contradicted the engines, too seldom to count: ${contradiction}.`,
    );
}

function deciderNote({ bySource, requests, sources }: ServedEvidence): string {
  const others = Object.entries(bySource).filter(
    ([name]) => !sources.some(({ source }) => source === name),
  );
  if (others.length === 0) return '';
  const parts = others.map(([name, n]) => `${n} by ${name === 'unknown' ? 'nobody' : name}`);
  return `Beside that, of ${requests} requests with ${armName('C')}: ${parts.join(', ')}.`;
}
