import { sumOf } from '../../base/lists.ts';
import { type AlertRow, CONSEQUENCES, evidenceOf, ofSeries, type View } from './alert.ts';

const REQUESTS_MIN = 32;

/** Engines that serve, while no event of theirs reaches the gateway, which heard them before. */
function silentEngines({ buckets, engineIds }: View): string[] {
  return engineIds.filter((id) => {
    const heard = sumOf(buckets, ({ gateway }) => gateway?.events?.[id] ?? Number.NaN);
    const served = sumOf(buckets, ({ engines }) => engines[id]?.counts.requests ?? 0);
    return heard === 0 && served >= REQUESTS_MIN;
  });
}

/** An index that nobody tells anything. */
export const eventsStopped: AlertRow = {
  id: 'events-stopped',
  severity: 'critical',
  sentence: (engine) => `The gateway hears no KV events${engine && ` of ${engine}`} any more.`,
  remedy: 'Check that the engine publishes KV events, and that the gateway reaches their address.',
  causes: ['stale-index'],
  holds: (view) => [
    ...silentEngines(view).map((subject) => ({
      subject,
      evidence: 'it serves requests, and no event came for a whole window',
    })),
    ...ofSeries(view, 'unheard').map((it) => ({ subject: '', evidence: evidenceOf(it) })),
  ],
  explains: [...CONSEQUENCES, 'unheard', 'unheld'],
};
