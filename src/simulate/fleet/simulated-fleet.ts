import { AnswerBook } from '../../../mocks/engine/core/output.ts';
import { EngineCore } from '../../../mocks/engine/core/engine-core.ts';
import { ControllerCore } from '../../../mocks/controller/core/controller-core.ts';
import { DEVICE_LOCATION } from '../../../mocks/engine/core/stores.ts';
import type { BlockCacheObserver } from '../../../mocks/kv/block-table.ts';
import type { TokenChain } from '../../../mocks/kv/blocks.ts';
import { wordTokenizer } from '../../../mocks/kv/tokens.ts';
import type { Clock } from '../../base/clock.ts';
import type { FleetSpec } from './fleet-spec.ts';
import { type HashedPrompt, Knowledge } from './knowledge.ts';
import { type PromptSpace, spacesOf } from './prompt-space.ts';

/** A change of what one engine's stores hold, as KV events tell it. */
export interface HoldingChange {
  kind: 'stored' | 'removed';
  engine: number;
  hashes: readonly number[];
  atMs: number;
}

export interface FleetOptions {
  clock: Clock;
  seed: number;
  /** Whether anybody asks the controller. */
  hasController: boolean;
  /** Told of every change, as it happens. */
  onChange?: ((change: HoldingChange) => void) | undefined;
}

/** Engines, what they hold, and a controller that hears of it; all in virtual time. */
export class SimulatedFleet {
  readonly engines: readonly EngineCore[];
  readonly controller: ControllerCore | undefined;
  /** The truth, without lag. */
  readonly knowledge: Knowledge;
  readonly #spaces: readonly PromptSpace[];
  readonly #options: FleetOptions;

  constructor(spec: FleetSpec, options: FleetOptions) {
    const { clock, seed } = options;
    this.#options = options;
    this.#spaces = spacesOf(spec);
    this.knowledge = new Knowledge(spec.engines.length);
    this.controller = options.hasController ? controllerOf(spec, clock) : undefined;
    const answers = new AnswerBook(wordTokenizer);
    this.engines = spec.engines.map(
      ({ id, profile, hashSeed }, number) =>
        new EngineCore({
          id,
          profile,
          clock,
          seed,
          model: spec.model,
          answers,
          tierHashSeed: hashSeed,
          isUnheard: true,
          observe: (location) => this.#observe(number, { id, location }),
        }),
    );
  }

  hashed(tokens: Uint32Array): HashedPrompt {
    const chains = this.#spaces.map((space) => space.chainOf(tokens));
    const lists = this.#spaces.map((space, at) => ({ space, hashes: space.hashesOf(chains[at]!) }));
    return { promptTokens: tokens.length, lists, chains };
  }

  #observe(engine: number, { id, location }: { id: string; location: string }): BlockCacheObserver {
    const { clock, onChange } = this.#options;
    const tell = (kind: HoldingChange['kind'], hashes: readonly number[]): void => {
      this.knowledge[kind](engine, hashes);
      const atMs = clock.nowMs();
      onChange?.({ kind, engine, hashes, atMs });
      // LMCache's workers report their own store, not the engine's.
      if (location === DEVICE_LOCATION) return;
      this.controller?.report({ engineId: id, location, atMs, event: eventOf(kind, hashes) });
    };
    return {
      onStored: (chain, first, count) => tell('stored', hashesOf(chain, first, count)),
      onRemoved: (hashes) => tell('removed', hashes),
      onCleared: (hashes) => tell('removed', hashes),
    };
  }
}

function controllerOf({ controller, engines }: FleetSpec, clock: Clock): ControllerCore {
  const { holders, hashSeed, chunkTokens, lagMs } = controller;
  const core = new ControllerCore({ clock, policy: holders, hashSeed, chunkTokens });
  core.faults.lagMs = lagMs;
  for (const { id } of engines) {
    core.register({ instanceId: id, workerId: 0, ip: '127.0.0.1', port: 0, peerInitUrl: null });
  }
  return core;
}

/** The controller reads no more of an event than its hashes. */
function eventOf(kind: HoldingChange['kind'], hashes: readonly number[]) {
  return kind === 'stored'
    ? { type: kind, hashes: [...hashes], parentHash: null, tokens: [], blockSize: 0 }
    : { type: kind, hashes: [...hashes] };
}

function hashesOf(chain: TokenChain, first: number, count: number): number[] {
  const hashes: number[] = [];
  for (let index = first; index < first + count; index++) {
    hashes.push(index < chain.fullBlocks ? chain.hash(index) : chain.tailHash()!);
  }
  return hashes;
}
