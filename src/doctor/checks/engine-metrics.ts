import { type Finding, settled } from '../../base/outcome.ts';
import type { EngineProfile } from '../../target/engine-profile.ts';
import { type Probe, engineName } from '../probe.ts';

/** Counters are the second witness: who served, what was hit, and whether anybody else is there. */
export const engineMetricsProbe: Probe = {
  id: 'engine-metrics',
  needs: 'engines',
  run: ({ profiles }) => profiles.map(judge),
};

function judge({ engine, kind, counters, metricsUrl, metricsProblem }: EngineProfile): Finding {
  const has = {
    requests: counters.requests !== null,
    hits: counters.prefixHits !== null,
    sources: counters.hitsBySource !== null || counters.externalHits !== null,
  };
  const names = [
    has.requests && 'requests',
    has.hits && 'hits',
    has.sources && 'hits by source',
  ].filter(Boolean);
  const asRead = metricsProblem === null ? '' : 'Mend what kept the page from being read. ';
  return settled<Finding>({
    id: 'engine-metrics',
    claim: `The engine counts requests and prefix cache hits: ${engineName(engine)}.`,
    severity: 'hint',
    outcome: has.requests && has.hits ? 'pass' : 'inconclusive',
    expected: 'counters of both',
    actual: names.length === 0 ? 'no counter that is known' : names.join(', '),
    evidence: `GET ${new URL(metricsUrl).pathname} of ${engine.id}${metricsProblem === null ? '' : `: ${metricsProblem}`}`,
    facts: { engine: engine.id, countsRequests: has.requests, countsHits: has.hits },
    remedy: `${asRead}${kind.advice.metrics} Without these counters other traffic and wrong claims go unnoticed.`,
  });
}
