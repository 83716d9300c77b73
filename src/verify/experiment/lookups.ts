import type { Deployment } from '../../target/deployment.ts';
import { TIMING } from '../../target/timing.ts';
import { preferredInstance } from '../../protocol/preferred.ts';
import type { ExperimentFacts } from '../evidence/measured.ts';
import type { LookupEvidence } from '../result/result-evidence.ts';
import { median } from '../judge/dose-response.ts';

export type Admission = Pick<ExperimentFacts, 'lookupId' | 'lookupTokens'>;

export const NOT_ASKED: Admission = { lookupId: null, lookupTokens: 0 };

/** After so many prompts in vain nobody is waited for any more, and asked once for each further one. */
const PATIENCE = 2;

/** Asks who holds a prompt that an engine has just had, and keeps the score. */
export class Lookups {
  readonly #deployment: Deployment;
  readonly #strangers = new Set<string>();
  readonly #admissionsMs: number[] = [];
  #asked = 0;
  #named = 0;
  #impossible = 0;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  /** A prompt of the probe: waits until it is listed, and scores the answer against the truth. */
  async ask(prompt: string, holderId: string): Promise<Admission> {
    const { clock } = this.#deployment;
    const startMs = clock.nowMs();
    const tokens = await this.#deployment.tokenizeIds(prompt);
    const holdings = await this.#deployment.lookupWithin(tokens, this.deadlineMs);
    this.#asked++;
    const best = preferredInstance(holdings);
    if (!best) return NOT_ASKED;
    this.#admissionsMs.push(clock.nowMs() - startMs);
    if (best.instanceId === holderId) this.#named++;
    if (best.matchedTokens > tokens.length) this.#impossible++;
    for (const { instanceId } of holdings) {
      if (!this.#deployment.engines.some(({ id }) => id === instanceId)) {
        this.#strangers.add(instanceId);
      }
    }
    return { lookupId: best.instanceId, lookupTokens: best.matchedTokens };
  }

  /** Bound on waiting for one prompt: ten times what it took, or nothing where nothing ever came. */
  get deadlineMs(): number {
    const typical = this.evidence().admissionMs;
    if (typical === null) return this.#asked < PATIENCE ? TIMING.admissionDeadlineMs : 0;
    return Math.min(TIMING.admissionDeadlineMs, Math.max(TIMING.secondChanceMs, 10 * typical));
  }

  /** A prompt of a block: no score, the block shares one deadline. */
  async find(prompt: string, deadlineMs: number): Promise<Admission> {
    const tokens = await this.#deployment.tokenizeIds(prompt);
    const best = preferredInstance(await this.#deployment.lookupWithin(tokens, deadlineMs));
    return best ? { lookupId: best.instanceId, lookupTokens: best.matchedTokens } : NOT_ASKED;
  }

  evidence(): LookupEvidence {
    return {
      asked: this.#asked,
      listed: this.#admissionsMs.length,
      namedHolder: this.#named,
      strangers: [...this.#strangers],
      impossible: this.#impossible,
      admissionMs: this.#admissionsMs.length === 0 ? null : median(this.#admissionsMs),
    };
  }
}
