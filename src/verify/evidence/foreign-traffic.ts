import type { CounterSnapshot } from '../../target/counters.ts';
import type { ArmId } from '../result/result-arms.ts';
import type { Invalidation } from '../result/result.ts';

/** Our own requests and what the counters of engines and gateway said, over one block. */
export interface BlockCount {
  arm: ArmId;
  round: number;
  /** Answered primes by engine id: ours, but not measured. */
  primes: Readonly<Record<string, number>>;
  /** Requests we sent that an engine answered completely. */
  ownRequests: number;
  /** Of them, the ones that went through the gateway. */
  ownThroughGateway: number;
  delta: CounterSnapshot;
}

/**
 * The counters of a quiesced block must add up to our own requests. More means that somebody else
 * used the engines; a negative difference means that one restarted. Fewer than ours is no proof of
 * anything (an engine may count only some finish reasons) and is left alone.
 */
export function judgeTraffic(blocks: readonly BlockCount[]): Invalidation[] {
  const resets = blocks.flatMap(resetIn);
  const foreign = blocks.flatMap((block) => [
    ...foreignAtEngines(block),
    ...foreignAtGateway(block),
  ]);
  return [...mergeInvalidations(resets), ...mergeInvalidations(foreign)];
}

function nameOf({ arm, round }: BlockCount): string {
  return `block ${round + 1} of arm ${arm}`;
}

function resetIn(block: BlockCount): Invalidation[] {
  const engines = Object.entries(block.delta.engines)
    .filter(([, counters]) => Object.values(counters).some((it) => it !== null && it < 0))
    .map(([id]) => id);
  const isGatewayReset = Object.values(block.delta.upstream ?? {}).some((it) => it < 0);
  const names = [...engines, ...(isGatewayReset ? ['the gateway'] : [])];
  return names.map((name) => ({
    code: 'counter-reset',
    reason: `The counters of ${name} went backwards during ${nameOf(block)}: it restarted.`,
    remedy: 'Find out why it restarted, then repeat the run.',
  }));
}

function foreignAtEngines(block: BlockCount): Invalidation[] {
  const counts = Object.values(block.delta.engines).map((it) => it.requests);
  if (counts.length === 0 || counts.some((it) => it === null || it < 0)) return [];
  const seen = counts.reduce<number>((sum, it) => sum + (it ?? 0), 0);
  return seen > block.ownRequests
    ? [foreign('engines', seen, block.ownRequests, nameOf(block))]
    : [];
}

function foreignAtGateway(block: BlockCount): Invalidation[] {
  const counts = Object.values(block.delta.upstream ?? {});
  if (counts.length === 0 || counts.some((it) => it < 0)) return [];
  const seen = counts.reduce((sum, it) => sum + it, 0);
  return seen > block.ownThroughGateway
    ? [foreign('gateway', seen, block.ownThroughGateway, nameOf(block))]
    : [];
}

function foreign(where: string, seen: number, own: number, block: string): Invalidation {
  return {
    code: 'foreign-traffic',
    reason: `The ${where} counted ${seen} requests during ${block}, ${own} were ours.`,
    remedy:
      'Keep other clients, health probes that send completions and retries away from the engines while measuring.',
  };
}

/** The first of a kind speaks for all; how many there were is added. */
function mergeInvalidations(all: readonly Invalidation[]): Invalidation[] {
  const first = all[0];
  if (!first) return [];
  const more = all.length > 1 ? ` The same in ${all.length - 1} more places.` : '';
  return [{ ...first, reason: first.reason + more }];
}
