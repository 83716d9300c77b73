import { alternatives } from '../../base/alternatives.ts';
import { type Finding, settled } from '../../base/outcome.ts';
import type { EngineProfile } from '../../target/engine-profile.ts';
import { type Probe, engineName } from '../probe.ts';
import { ENGINE_KINDS } from '../../target/engines/kinds.ts';

/** What each engine is decides where its hits are reported, and in what units it caches. */
export const engineKindProbe: Probe = {
  id: 'engine-kind',
  needs: 'engines',
  run: ({ profiles }) => profiles.map(judge),
};

function judge({ engine, kind, ...profile }: EngineProfile): Finding {
  const { version, blockTokens, capacityTokens, ranks, prefixCaching, counters } = profile;
  const isConnected = (counters.externalQueries ?? 0) > 0;
  return settled<Finding>({
    id: 'engine-kind',
    claim: `The engine is of a known kind: ${engineName(engine)}.`,
    severity: 'hint',
    outcome: kind.id === 'unknown' ? 'inconclusive' : 'pass',
    expected: alternatives(ENGINE_KINDS.map(({ name }) => name)),
    actual: [kind.name, version, isConnected && 'with a KV connector'].filter(Boolean).join(' '),
    evidence: `blocks of ${blockTokens ?? 'unknown'} tokens, KV cache of ${capacityTokens ?? 'unknown'} tokens, ${ranks} ranks`,
    facts: {
      engine: engine.id,
      kind: kind.id,
      version,
      blockTokens,
      capacityTokens,
      ranks,
      prefixCaching,
      isConnected: counters.externalQueries === null ? null : isConnected,
    },
    remedy:
      'Nothing to do: only its counters and the sizes of its cache stay unknown. The mocks of `kvcache run mock` are toys of no kind; `kvcache mock up` has engines to be judged.',
  });
}
