import { constantPacer, type Pacer, poissonPacer } from '../../load/pacer.ts';
import type { Setting } from '../../simulate/result/result.ts';
import { generatedRequests } from '../../simulate/workload/generated-requests.ts';
import type {
  SimulatedRequest,
  SimulatedWorkload,
} from '../../simulate/workload/simulated-request.ts';
import { traceRate, traceRequests } from '../../simulate/workload/trace-requests.ts';
import type { Trace } from '../../traces/trace.ts';
import { workloadOf } from '../load/settings.ts';
import type { SimulateFlags } from './flags.ts';

const REQUESTS_DEFAULT = 1_000;
/** Of one rate of a search, at most; most are judged by far fewer. */
const SEARCHED_DEFAULT = 10_000;
const IN_FLIGHT_PER_ENGINE = 4;

interface Surroundings {
  trace: Trace | undefined;
  cwd: string;
  /** Of the fleet, where a setting does not say. */
  engines: number;
}

/** Requests of one run: of a trace all, unless fewer are wanted. */
export function requestsOf({ requests, find }: SimulateFlags, trace: Trace | undefined): number {
  const inTrace = trace?.rows.length;
  if (inTrace === undefined) {
    return requests ?? (find === 'rate' ? SEARCHED_DEFAULT : REQUESTS_DEFAULT);
  }
  return Math.min(inTrace, requests ?? inTrace);
}

/** What is asked with each seed; made once, however many policies are asked it. */
export class Workloads {
  readonly #flags: SimulateFlags;
  readonly #surroundings: Surroundings;
  readonly #known = new Map<string, Promise<SimulatedRequest[]>>();

  constructor(flags: SimulateFlags, surroundings: Surroundings) {
    this.#flags = flags;
    this.#surroundings = surroundings;
  }

  readonly of = async (setting: Setting, seed: number): Promise<SimulatedWorkload> => {
    const { trace, engines } = this.#surroundings;
    const { rate = this.#flags.rate, speed = this.#flags.speed } = setting;
    const isOpen = trace !== undefined || rate !== undefined;
    const perEngine = IN_FLIGHT_PER_ENGINE * (setting['engines'] ?? engines);
    const key = trace ? `${speed}/${rate}` : `${rate}/${seed}`;
    let requests = this.#known.get(key);
    if (!requests) {
      // The rates of a search come one after another, and are too many to keep.
      if (this.#flags.find === 'rate') this.#known.clear();
      this.#known.set(key, (requests = this.#made({ rate, speed, seed })));
    }
    return {
      requests: await requests,
      concurrency: isOpen ? undefined : (this.#flags.concurrency ?? perEngine),
      maxTokens: this.#flags.maxTokens,
    };
  };

  async #made(of: {
    rate: number | undefined;
    speed: number;
    seed: number;
  }): Promise<SimulatedRequest[]> {
    const { trace, cwd } = this.#surroundings;
    const requests = requestsOf(this.#flags, trace);
    if (trace) {
      const { rate, speed } = of;
      const scaled = rate === undefined ? speed : rate / traceRate(trace, requests)!;
      return traceRequests(trace, scaled).slice(0, requests);
    }
    const spec = workloadOf(this.#flags, this.#flags.workload, cwd);
    return await generatedRequests({ spec, requests, pacer: this.#pacer(of), seed: of.seed });
  }

  #pacer({ rate, seed }: { rate: number | undefined; seed: number }): Pacer | undefined {
    if (rate === undefined) return undefined;
    return this.#flags.arrivals === 'constant' ? constantPacer(rate) : poissonPacer(rate, seed);
  }
}
