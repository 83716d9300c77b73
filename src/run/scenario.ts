import type { WorkloadSpec } from '../load/workload.ts';
import type { FleetGatewaySettings } from '../stack/gateway-config.ts';

/** A scenario file, read and checked. docs/scenarios.md describes every key. */
export interface Scenario {
  name: string;
  title: string;
  /** What it shows, one sentence. */
  demonstrates: string;
  /** What must come out, one sentence. */
  outcome: string;
  /** As `kvcache mock up --fleet` reads it. */
  fleet: Readonly<Record<string, unknown>>;
  /** Every request names it. */
  model: string;
  seed: number;
  gateway: FleetGatewaySettings;
  prompts: Readonly<Record<string, WorkloadSpec>>;
  steps: readonly Step[];
  checks: readonly CheckSpec[];
}

export type Step = SendStep | { kind: 'event'; event: ScenarioEvent };

/** Requests of one prompt set, always from its first prompt on: sending a set twice repeats it. */
export interface SendStep {
  kind: 'send';
  name: string;
  /** Key of `Scenario.prompts`. */
  prompts: string;
  requests: number;
  concurrency: number;
  /** Shuffled, so that no order can chime with a balancer that goes in turn. */
  order: 'written' | 'shuffled';
  /** Output tokens asked for. */
  maxTokens: number;
  /** Happen once so many requests were started. */
  during: readonly { afterRequests: number; event: ScenarioEvent }[];
}

export type ScenarioEvent =
  /** Every connection to the controller is reset. */
  | { kind: 'controller-down' }
  /** It answers again, with an empty index; the engines register anew. */
  | { kind: 'controller-restart' }
  /** The next request finds the engine dying: connections break, its cache is lost. */
  | { kind: 'engine-crash'; engine: string; downMs: number }
  /** Every engine drops what it has cached. */
  | { kind: 'clear-caches' }
  /** How the controller's index follows the engines. */
  | { kind: 'index'; lagMs: number | undefined; isFrozen: boolean | undefined }
  | { kind: 'wait'; forMs: number };

/** What a check looks at; `measures.ts` says what each means. */
export const MEASURES = [
  'holder-rate',
  'cache-hit-rate',
  'reason-rate',
  'growing-rate',
  'cached-share',
  'unkept-prediction-share',
  'largest-share',
  'smallest-share',
  'requests-failed',
  'requests-unanswered',
  'streams-cut',
  'answers-differing',
  'blocks-evicted',
  'ttft-ratio',
] as const;
export type Measure = (typeof MEASURES)[number];

export interface CheckSpec {
  id: string;
  claim: string;
  measure: Measure;
  /** Names of the steps it looks at. */
  steps: readonly string[];
  /** The steps a `ttft-ratio` is measured against. */
  against: readonly string[];
  /** Those a `reason-rate` counts. */
  reasons: readonly string[];
  atLeast: number | undefined;
  atMost: number | undefined;
  remedy: string;
}
