import type { PromptRequest } from '../request.ts';
import type { PromptStructure } from '../structure/structure.ts';
import { anchorsOf } from './anchors.ts';

/** A request that later ones are compared with. */
export interface Remembered {
  request: Pick<PromptRequest, 'number' | 'file' | 'line' | 'session'>;
  structure: PromptStructure;
  ids: Uint32Array;
}

/** Requests per anchor that are remembered: the latest are the ones to go on from. */
const PER_ANCHOR_MAX = 4;
/** Tokens remembered in each of two halves: some 500 MB with their texts. */
const HALF_TOKENS_MAX = 25_000_000;

/** Who has an anchor: how many, and the latest of them. */
interface Holders {
  count: number;
  latest: Remembered[];
}

interface Half {
  byAnchor: Map<number, Holders>;
  tokens: number;
}

const NOBODY: Holders = { count: 0, latest: [] };

/** The latest requests, found by the text they have in common; what is older than two halves is forgotten. */
export class Recent {
  #young: Half = { byAnchor: new Map(), tokens: 0 };
  #old: Half = this.#young;
  #forgot = 0;
  /** The latest request of each session that names itself. */
  readonly #sessions = new Map<string, Remembered>();

  /** Requests that came too early to be compared with the last ones. */
  get forgot(): boolean {
    return this.#forgot > 0;
  }

  /** The `max` requests that have most text in common with this one, and the one before it in its session. */
  alike({ ids, request: { session } }: Remembered, max: number): Set<Remembered> {
    const weights = new Map<Remembered, number>();
    for (const anchor of anchorsOf(ids)) {
      for (const half of new Set([this.#young, this.#old])) {
        const { count, latest } = half.byAnchor.get(anchor) ?? NOBODY;
        // What all requests have tells nothing of which of them this one goes on from.
        for (const it of latest) weights.set(it, (weights.get(it) ?? 0) + 1 / count);
      }
    }
    const found = [...weights]
      .toSorted(([a, m], [b, n]) => n - m || b.request.number - a.request.number)
      .slice(0, max)
      .map(([it]) => it);
    const before = session === undefined ? undefined : this.#sessions.get(session);
    return new Set(before ? [before, ...found] : found);
  }

  add(remembered: Remembered): void {
    if (this.#young.tokens > HALF_TOKENS_MAX) {
      if (this.#old !== this.#young) this.#forgot++;
      this.#old = this.#young;
      this.#young = { byAnchor: new Map(), tokens: 0 };
    }
    const { byAnchor } = this.#young;
    this.#young.tokens += remembered.ids.length;
    for (const anchor of anchorsOf(remembered.ids)) {
      const known = byAnchor.get(anchor);
      if (known === undefined) byAnchor.set(anchor, { count: 1, latest: [remembered] });
      else {
        known.count++;
        if (known.latest.push(remembered) > PER_ANCHOR_MAX) known.latest.shift();
      }
    }
    const { session } = remembered.request;
    if (session !== undefined) this.#sessions.set(session, remembered);
  }
}
