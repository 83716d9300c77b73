import type { BlockCount } from './foreign-traffic.ts';
import type { Observation } from './observation.ts';
import type { ServedEvidence, ServedSource } from '../result/result-evidence.ts';
import type { EngineTarget } from '../../target/targets.ts';

type Agreement = ServedEvidence['agreements'][number];

export interface CountedRun {
  observations: readonly Observation[];
  counts: readonly BlockCount[];
  engines: readonly EngineTarget[];
}

/**
 * How far the counters of gateway and engines, block by block, agree with what each request said of
 * its server: Σ min(claimed, counted) over engines. Counters cannot tell single requests apart, so
 * two errors that cancel out within a block go unseen.
 */
export function counterAgreements(run: CountedRun): Agreement[] {
  return (['gateway-counter', 'engine-counter'] as const).flatMap((source) => {
    const agreement = agreementWith(source, run);
    return agreement ? [agreement] : [];
  });
}

function agreementWith(source: ServedSource, run: CountedRun): Agreement | undefined {
  let [compared, agreed] = [0, 0];
  for (const block of run.counts) {
    const own = run.observations.filter(
      (it) => it.arm === block.arm && it.round === block.round && it.servedBy !== null,
    );
    const isUnseen = source === 'gateway-counter' && block.ownThroughGateway === 0;
    if (own.length === 0 || isUnseen) continue;
    for (const engine of run.engines) {
      const counted = countOf(source, block, engine);
      if (counted === null) continue;
      const claimed = own.filter((it) => it.servedBy === engine.id).length;
      compared += claimed;
      agreed += Math.min(claimed, Math.max(0, counted));
    }
  }
  return compared === 0 ? undefined : { a: 'header', b: source, compared, agreed };
}

/** Measured requests of one block at one engine; null when the source does not say. */
function countOf(source: ServedSource, block: BlockCount, engine: EngineTarget): number | null {
  if (source === 'gateway-counter') {
    return block.delta.upstream ? (block.delta.upstream[engine.address] ?? 0) : null;
  }
  const requests = block.delta.engines[engine.id]?.requests ?? null;
  return requests === null ? null : requests - (block.primes[engine.id] ?? 0);
}
