import { type Dependence, dependenceOf, rankDependence, strongerOf } from '../stats/dependence.ts';
import { momentsOf } from '../stats/mean-interval.ts';
import { normalQuantile } from '../stats/normal.ts';
import { sortedCopy } from '../stats/percentile.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import {
  boundedMs,
  exceeds,
  type LoadedRequest,
  type Objective,
  percentOf,
  timeOf,
} from './objective.ts';

/** What a load came to. `undecided`: what was seen is too near to the objectives. */
export type Verdict = 'holds' | 'fails' | 'undecided';

/**
 * Two-sided, of each look. A step is looked at many times and a search takes several steps: one error in any
 * of them is one of the search. `npm run test:capacity` holds what comes of it.
 */
const HOLD_CONFIDENCE = 0.995;
const FAIL_CONFIDENCE = 0.9995;
const HOLD_Z = normalQuantile((1 + HOLD_CONFIDENCE) / 2);
/** Requests of the first look, and how many more each next one has. */
const FIRST_LOOK = 200;
const GROWTH = 1.5;
/** Where not one of so many is answered, there is nothing to wait for. */
const REFUSED = 80;
/** Share of a step's requests, the first ones, that only fill queues and caches. */
const SETTLING_SHARE = 0.2;
/** At least so many, while that leaves half of them. */
const SETTLING_MIN = 100;
/** How often a run has to have shown what it does: a queue that grows looks fine until it is long. */
const HOLD_STRETCHES = 5;
/** Or so many times its bound for times that stay below half of it: what grew by a twentieth would be beyond that. */
const LONG = 10;
/** Independent requests that those of a mean have to be worth: of fewer, one rare long wait would change it. */
const MEAN_WORTH_MIN = 200;
/** In a queue that grows every request depends on every other. That nearly all are beyond the bound says enough. */
const NEARLY_ALL = 0.9;
const NEARLY_ALL_WORTH = 3;

/** How many requests are worth one that depends on no other, at a load that is easily carried. */
const DEPENDENT = 3;

/** Requests that a step needs so that its objectives can be seen to hold. */
export function requestsNeeded(objectives: readonly Objective[]): number {
  const worth = objectives.map((objective) => {
    const allowed = allowedShare(objective);
    // With none beyond the bound, Wilson's interval ends at z² ÷ (z² + n).
    return allowed === undefined ? MEAN_WORTH_MIN : HOLD_Z ** 2 / allowed;
  });
  return Math.ceil((DEPENDENT * Math.max(...worth)) / (1 - SETTLING_SHARE));
}

/** Share of requests that may lie beyond an objective's bound; undefined of a mean. */
function allowedShare(objective: Objective): number | undefined {
  const percent = percentOf(objective);
  if (percent !== undefined) return 1 - percent / 100;
  return timeOf(objective) === undefined ? objective.bound : undefined;
}

/** Requests that are past the settling of a step of so many. */
export function settledFrom(requests: number): number {
  const least = Math.min(SETTLING_MIN, requests / 2);
  return Math.ceil(Math.max(least, requests * SETTLING_SHARE));
}

/**
 * Looks at a step's requests, in the order of their intended starts, more and more of them, until all
 * objectives hold for certain, one fails for certain, or there are as many as there may be.
 *
 * A percentile is judged by the share of requests beyond its bound. Intervals are as wide as the requests'
 * dependence on each other asks for.
 */
export class StepJudge {
  readonly #objectives: readonly Objective[];
  readonly #requestsMax: number;
  readonly #requests: LoadedRequest[] = [];
  #nextLook = FIRST_LOOK;

  constructor(objectives: readonly Objective[], requestsMax: number) {
    this.#objectives = objectives;
    this.#requestsMax = requestsMax;
  }

  /** Undefined: more are wanted. */
  take(request: LoadedRequest): Verdict | undefined {
    const count = this.#requests.push(request);
    if (count === REFUSED && this.#requests.every((it) => it.isFailed)) return 'fails';
    if (count < this.#nextLook && count < this.#requestsMax) return undefined;
    this.#nextLook = Math.ceil(count * GROWTH);
    const verdict = this.look();
    return verdict === 'undecided' && count < this.#requestsMax ? undefined : verdict;
  }

  /** By what was taken until now. */
  look(): Verdict {
    const settled = this.#requests.slice(settledFrom(this.#requests.length));
    if (settled.length === 0) return 'undecided';
    const course = this.#isFar(settled) ? INDEPENDENT : courseOf(settled);
    const each = this.#objectives.map((it) => judge(settled, it, course));
    if (each.includes('fails')) return 'fails';
    const isHeld = each.every((it) => it === 'holds') && course.stretches >= HOLD_STRETCHES;
    return isHeld ? 'holds' : 'undecided';
  }

  /** Whether times are, and were for long enough, so far below every bound that their ups and downs do not matter. */
  #isFar(settled: readonly LoadedRequest[]): boolean {
    const spanMs = settled.at(-1)!.atMs - settled[0]!.atMs;
    const bounds = this.#objectives.flatMap((it) => {
      const time = timeOf(it);
      return time === undefined ? [] : [{ time, bound: it.bound }];
    });
    const isBelow = ({ time, bound }: (typeof bounds)[number]): boolean =>
      spanMs >= LONG * bound && settled.every((it) => (boundedMs(it, time) ?? 0) < bound / 2);
    return bounds.length > 0 && bounds.every(isBelow);
  }
}

const INDEPENDENT: Dependence = { inflation: 1, stretches: Infinity };

/** How requests depend on each other through what they all wait for. */
function courseOf(requests: readonly LoadedRequest[]): Dependence {
  const times = requests.flatMap((it) => it.ttftMs ?? it.latencyMs ?? []);
  return rankDependence(times, sortedCopy(times));
}

function judge(
  requests: readonly LoadedRequest[],
  objective: Objective,
  course: Dependence,
): Verdict {
  const time = timeOf(objective);
  const allowed = allowedShare(objective);
  const known =
    time === undefined ? requests : requests.filter((it) => boundedMs(it, time) !== null);
  if (known.length === 0) return 'undecided';
  const beyond = Float64Array.from(known, (it) => Number(exceeds(it, objective)));
  const share = shareBeyond(beyond, course);
  if (allowed !== undefined) return sideOf(share, allowed);
  const values = known.map((it) => boundedMs(it, time!)!);
  return judgeMean(values, { bound: objective.bound, course, isGrown: share.low > 0.5 });
}

/** @param isGrown most are beyond the bound; and times reach further up than down */
function judgeMean(
  values: readonly number[],
  { bound, course, isGrown }: { bound: number; course: Dependence; isGrown: boolean },
): Verdict {
  if (isGrown) return 'fails';
  const { inflation } = strongerOf(course, dependenceOf(values));
  const worth = values.length / inflation;
  if (worth < MEAN_WORTH_MIN) return 'undecided';
  const { mean, variance } = momentsOf(values);
  const error = Math.sqrt(variance / worth);
  const reach = (confidence: number): number => error * normalQuantile((1 + confidence) / 2);
  return sideOf({ low: mean - reach(FAIL_CONFIDENCE), high: mean + reach(HOLD_CONFIDENCE) }, bound);
}

function shareBeyond(beyond: Float64Array, course: Dependence): { low: number; high: number } {
  const { inflation } = strongerOf(course, dependenceOf(beyond));
  const share = beyond.reduce((sum, it) => sum + it, 0) / beyond.length;
  const worth = beyond.length / inflation;
  const atLeast = share >= NEARLY_ALL ? Math.max(worth, NEARLY_ALL_WORTH) : worth;
  return {
    low: wilsonInterval(share * atLeast, atLeast, FAIL_CONFIDENCE).low,
    high: wilsonInterval(share * worth, worth, HOLD_CONFIDENCE).high,
  };
}

function sideOf({ low, high }: { low: number; high: number }, bound: number): Verdict {
  if (high < bound) return 'holds';
  return low > bound ? 'fails' : 'undecided';
}
