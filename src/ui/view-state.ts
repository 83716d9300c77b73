import { formatCount } from '../base/figures.ts';
import type { Check, Outcome } from '../base/outcome.ts';
import type { ExpectedEnd, LoadEvent, Progress } from '../load/events.ts';
import type { VerifyEvent } from '../verify/experiment/events.ts';
import { type GroupView, withRequest } from './groups.ts';
import type { AnswerFacts, RunEvent } from './run-events.ts';
import type { SamplesEvent } from './sample-tally.ts';

/** Whatever a command may report while it runs. */
export type ProgressEvent =
  | VerifyEvent
  | LoadEvent
  | RunEvent
  | SamplesEvent
  | { type: 'stopping' };

/** All a live view shows. A value, never changed in place. */
export interface View {
  title: string;
  startedMs: number;
  phases: readonly string[];
  /** Position in `phases`; -1 before the first. */
  phaseIndex: number;
  phaseStartedMs: number;
  /** Bounds of the current phase, as far as it was given any. */
  expected: ExpectedEnd;
  /** What is done of the current phase; undefined when its end is not known. */
  progress: { text: string; share: number; endsMs: number | undefined } | undefined;
  finished: number;
  failed: number;
  inFlight: number | undefined;
  /** Due but waiting for a connection. */
  waiting: number;
  /** Recent totals of finished requests, oldest first: the rolling rate is what came since the first. */
  marks: readonly { atMs: number; finished: number }[];
  endpoints: Readonly<Record<string, number>>;
  /** Medians of what came in between two looks, oldest first. */
  series: { name: 'TTFT' | 'latency'; valuesMs: readonly number[] };
  latency: { p50: number; p95: number } | undefined;
  tokens: { prompt: number; cached: number } | undefined;
  groups: Readonly<Record<string, GroupView>>;
  settled: Readonly<Record<Outcome, number>>;
  /** How many checks there are; undefined when nobody said. */
  checks: number | undefined;
  /** What happened last. */
  note: string | undefined;
  /** Findings that did not pass, in the order they came. */
  warnings: readonly Check[];
  cost: string | undefined;
  isStopping: boolean;
}

const RATE_WINDOW_MS = 10_000;
const MARK_EVERY_MS = 250;
const RATE_SPAN_MS_MIN = 1_000;
const SERIES_MAX = 160;
const UNBOUNDED: ExpectedEnd = { requests: undefined, durationMs: undefined };

export interface Outline {
  title: string;
  phases: readonly string[];
  checks?: number | undefined;
}

export function initialView({ title, phases, checks }: Outline, nowMs: number): View {
  return {
    title,
    startedMs: nowMs,
    phases,
    phaseIndex: -1,
    phaseStartedMs: nowMs,
    expected: UNBOUNDED,
    progress: undefined,
    finished: 0,
    failed: 0,
    inFlight: undefined,
    waiting: 0,
    marks: [],
    endpoints: {},
    series: { name: 'TTFT', valuesMs: [] },
    latency: undefined,
    tokens: undefined,
    groups: {},
    settled: { pass: 0, fail: 0, inconclusive: 0, invalid: 0, error: 0 },
    checks,
    note: undefined,
    warnings: [],
    cost: undefined,
    isStopping: false,
  };
}

/** The view after an event at `nowMs` of the clock the view was started on. */
export function reduce(view: View, event: ProgressEvent, nowMs: number): View {
  switch (event.type) {
    case 'phase':
      return enterPhase(view, event.phase, nowMs);
    case 'finding':
      return settle(view, event.finding);
    case 'cost':
      return {
        ...view,
        cost: `up to ${formatCount(event.planned.requests)} requests, budget ${event.budget}`,
      };
    case 'request':
      return countRequest(view, event.arm, event, nowMs);
    case 'block':
      return closeBlock(view, event, nowMs);
    case 'phase-started':
      return beginTraffic(view, event.labels.phase, event.expected, nowMs);
    case 'progress':
    case 'phase-ended':
      return takeProgress(view, event, nowMs);
    case 'samples':
      return takeSamples(view, event);
    case 'stopping':
      return { ...view, isStopping: true };
    default:
      return reduceRun(view, event, nowMs);
  }
}

type OfRuns = Exclude<RunEvent, { type: 'phase' }>;

function reduceRun(view: View, event: OfRuns, nowMs: number): View {
  switch (event.type) {
    case 'answer':
      return followStep(countRequest(view, event.step, event, nowMs), nowMs);
    case 'step':
      return beginTraffic(view, event.name, { ...UNBOUNDED, requests: event.requests }, nowMs);
    case 'note':
      return { ...view, note: event.text };
    case 'settled':
      return { ...view, settled: counted(view.settled, event.outcome) };
  }
}

/** Requests per second over the last seconds; undefined while there are too few of these. */
export function rollingRate({ marks: [first], finished }: View, nowMs: number): number | undefined {
  if (!first || nowMs - first.atMs < RATE_SPAN_MS_MIN) return undefined;
  return (1_000 * (finished - first.finished)) / (nowMs - first.atMs);
}

function enterPhase(view: View, phase: string, nowMs: number): View {
  const known = view.phases.indexOf(phase);
  return {
    ...view,
    phases: known === -1 ? [...view.phases, phase] : view.phases,
    phaseIndex: known === -1 ? view.phases.length : known,
    phaseStartedMs: nowMs,
    progress: undefined,
  };
}

/** What a warm-up saw is not what is measured. */
function beginTraffic(view: View, phase: string, expected: ExpectedEnd, nowMs: number): View {
  return {
    ...enterPhase(view, phase, nowMs),
    expected,
    finished: 0,
    failed: 0,
    marks: [{ atMs: nowMs, finished: 0 }],
    endpoints: {},
    series: { ...view.series, valuesMs: [] },
    latency: undefined,
    tokens: undefined,
  };
}

function settle(view: View, check: Check): View {
  const warnings = check.outcome === 'pass' ? view.warnings : [...view.warnings, check];
  return { ...view, settled: counted(view.settled, check.outcome), warnings };
}

function counted(settled: View['settled'], outcome: Outcome): View['settled'] {
  return { ...settled, [outcome]: settled[outcome] + 1 };
}

function countRequest(view: View, group: string, facts: AnswerFacts, nowMs: number): View {
  const finished = view.finished + 1;
  const { servedBy, isError } = facts;
  return {
    ...view,
    finished,
    failed: view.failed + (isError ? 1 : 0),
    marks: withMark(view.marks, nowMs, finished),
    endpoints:
      servedBy === null
        ? view.endpoints
        : { ...view.endpoints, [servedBy]: (view.endpoints[servedBy] ?? 0) + 1 },
    groups: isError
      ? view.groups
      : { ...view.groups, [group]: withRequest(view.groups[group], facts) },
  };
}

function followStep(view: View, nowMs: number): View {
  const elapsedMs = nowMs - view.phaseStartedMs;
  return {
    ...view,
    progress: progressOf(view.expected, { elapsedMs, finished: view.finished }, nowMs),
  };
}

function closeBlock(
  view: View,
  { done, total, remainingMs }: Extract<VerifyEvent, { type: 'block' }>,
  nowMs: number,
): View {
  const endsMs = remainingMs === null ? undefined : nowMs + remainingMs;
  const progress = { text: `${done} of ${total} blocks`, share: done / total, endsMs };
  return { ...view, progress };
}

function takeProgress(
  view: View,
  event: Extract<LoadEvent, { type: 'progress' | 'phase-ended' }>,
  nowMs: number,
): View {
  const { finished, failed, inFlight, waiting, latencyMsP50, latencyMsP95 } = event;
  return {
    ...view,
    finished,
    failed,
    inFlight,
    waiting,
    marks: withMark(view.marks, nowMs, finished),
    latency:
      latencyMsP50 === undefined || latencyMsP95 === undefined
        ? undefined
        : { p50: latencyMsP50, p95: latencyMsP95 },
    progress: progressOf(view.expected, event, nowMs),
  };
}

/** Whichever bound of the phase is nearer says how far it is. */
function progressOf(
  { requests, durationMs }: ExpectedEnd,
  { elapsedMs, finished }: Pick<Progress, 'elapsedMs' | 'finished'>,
  nowMs: number,
): View['progress'] {
  const byCount = requests === undefined ? 0 : finished / requests;
  const byTime = durationMs === undefined ? 0 : elapsedMs / durationMs;
  const share = Math.min(1, Math.max(byCount, byTime));
  if (requests === undefined && durationMs === undefined) return undefined;
  const endsMs = share === 0 ? undefined : nowMs + (elapsedMs / share) * (1 - share);
  const text =
    byCount >= byTime && requests !== undefined
      ? `${formatCount(finished)} of ${formatCount(requests)} requests`
      : '';
  return { text, share, endsMs };
}

function takeSamples(view: View, event: SamplesEvent): View {
  const endpoints = { ...view.endpoints };
  for (const [id, count] of Object.entries(event.servedBy)) {
    endpoints[id] = (endpoints[id] ?? 0) + count;
  }
  const { prompt, cached } = view.tokens ?? { prompt: 0, cached: 0 };
  const tokens =
    event.promptTokens === 0
      ? view.tokens
      : { prompt: prompt + event.promptTokens, cached: cached + event.cachedTokens };
  return { ...view, endpoints, series: withSample(view.series, event), tokens };
}

/** A server that does not stream shows no TTFT; its latency then takes the place. */
function withSample(
  series: View['series'],
  { ttftMsP50, latencyMsP50 }: SamplesEvent,
): View['series'] {
  const valueMs = ttftMsP50 ?? latencyMsP50;
  if (valueMs === undefined) return series;
  const name = ttftMsP50 === undefined ? 'latency' : 'TTFT';
  const before = name === series.name ? series.valuesMs.slice(1 - SERIES_MAX) : [];
  return { name, valuesMs: [...before, valueMs] };
}

function withMark(marks: View['marks'], atMs: number, finished: number): View['marks'] {
  const last = marks.at(-1);
  if (last && atMs - last.atMs < MARK_EVERY_MS) return marks;
  return [...marks.filter((mark) => atMs - mark.atMs <= RATE_WINDOW_MS), { atMs, finished }];
}
