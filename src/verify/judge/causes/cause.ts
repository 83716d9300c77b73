import { byCount, countBy, groupBy } from '../../../base/lists.ts';
import type { Check, Finding, Outcome } from '../../../base/outcome.ts';
import { ttftMs } from '../../../load/sample.ts';
import { heldByEvents, heldShare } from '../../evidence/held.ts';
import { answeredOf, type MeasuredSample, ofArm } from '../../evidence/measured.ts';
import type { ArmId, Comparison, ComparisonId } from '../../result/result-arms.ts';
import { median } from '../dose-response.ts';
import type { Evidence } from '../evidence.ts';

/** One row of the table of causes. */
export interface CauseRow {
  id: string;
  /** What went wrong, as a fact. */
  sentence: (seen: Seen) => string;
  remedy: (seen: Seen) => string;
  /** What was seen that only this explains, or explains best. */
  speaksFor: (seen: Seen) => readonly Observation[];
  /** What was seen that cannot be if this were true. */
  speaksAgainst?: (seen: Seen) => readonly Observation[];
}

/** As evidence; false where it was not made. */
type Observation = string | false;

/** Checks whose failure has a cause in the deployment. */
const EXPLAINED = [
  'routing',
  'lookup',
  'kv-events',
  'evidence-agrees',
  'cache-gain',
  'preferred-hit-rate',
  'routing-gain',
  'requests-succeed',
] as const;

/** The evidence, asked the way causes ask. */
export class Seen {
  readonly evidence: Evidence;
  readonly #checks: readonly Check[];

  constructor(evidence: Evidence, checks: readonly Check[]) {
    this.evidence = evidence;
    this.#checks = checks;
  }

  get figures(): Evidence['figures'] {
    return this.evidence.figures;
  }

  get routing(): Evidence['figures']['routing'] {
    return this.figures.routing;
  }

  get lookup(): NonNullable<Evidence['figures']['routing']>['lookup'] | undefined {
    return this.routing?.lookup;
  }

  get events(): NonNullable<Evidence['figures']['routing']>['events'] {
    return this.routing?.events;
  }

  outcome(checkId: string): Outcome | undefined {
    return this.#checks.find((it) => it.id === checkId)?.outcome;
  }

  /** The worst outcome of a doctor's finding; undefined when it was not asked. */
  finding(id: string): Outcome | undefined {
    const found = this.figures.preflight.filter((it) => it.id === id);
    return found.find((it) => it.outcome !== 'pass')?.outcome ?? found[0]?.outcome;
  }

  findingText(id: string): string {
    const found = this.#notPassed(id);
    return found ? `${id}: ${found.actual}` : '';
  }

  /** What the doctor said to do about it; undefined when it passed or was not asked. */
  findingRemedy(id: string): string | undefined {
    return this.#notPassed(id)?.remedy;
  }

  #notPassed(id: string): Finding | undefined {
    return this.figures.preflight.find((it) => it.id === id && it.outcome !== 'pass');
  }

  isInvalid(code: string): boolean {
    return this.figures.invalidations.some((it) => it.code === code);
  }

  comparison(id: ComparisonId): Comparison | undefined {
    return this.figures.comparisons.find((it) => it.id === id);
  }

  /** Every request of arm C. */
  get routed(): MeasuredSample[] {
    return ofArm(this.evidence.run.samples, 'C');
  }

  /** The gateway's most frequent reason, ours only. */
  get reason(): string | undefined {
    return byCount(countBy(this.routed, (it) => it.reason))[0]?.[0];
  }

  /** Hits are missing, for certain or as far as can be told. */
  get missesHits(): boolean {
    const outcome = this.outcome('preferred-hit-rate');
    return outcome === 'fail' || this.outcome('routing') === 'fail';
  }

  /** Something that a cause has to explain. */
  get hasFailed(): boolean {
    return EXPLAINED.some((id) => this.outcome(id) === 'fail');
  }

  /** Share that arm D still found at the holder; null when nobody tells. */
  get held(): number | null {
    return heldShare(this.evidence.run);
  }

  /** Share that was still there when arm C asked for it; null where no KV events tell. */
  get heldByEvents(): number | null {
    return heldByEvents(this.evidence.run);
  }

  /** The controller names the holder nearly each time. */
  get hasGoodIndex(): boolean {
    const { lookup } = this;
    return !!lookup && lookup.asked > 0 && lookup.namedHolder >= 0.9 * lookup.asked;
  }

  get busiest(): { id: string; share: number; low: number; fair: number } | undefined {
    const { hotSpot } = this.figures.hitRate ?? {};
    if (!hotSpot) return undefined;
    const { endpointId, share, interval, fairShare } = hotSpot;
    return { id: endpointId, share, low: interval.low, fair: fairShare };
  }

  failedShare(arm: ArmId): number {
    const found = this.figures.arms.find((it) => it.id === arm);
    return found && found.requests > 0 ? found.errors / found.requests : 0;
  }

  /** Slowest over fastest engine, by the median TTFT of arm D. */
  get speedRatio(): number {
    const direct = answeredOf(this.evidence.run.samples, 'D');
    const byEngine = groupBy(direct, (it) => it.experiment.directId, ttftMs);
    const medians = [...byEngine.values()].map(median);
    return medians.length < 2 ? 1 : Math.max(...medians) / Math.min(...medians);
  }

  /** Requests went where they should, and enough of them do not show it in time. */
  get missesTime(): boolean {
    const gain = this.outcome('routing-gain') ?? this.outcome('cache-and-routing');
    return this.outcome('preferred-hit-rate') === 'pass' && gain === 'fail';
  }
}
