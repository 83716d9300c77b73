import { type Timer, TimerHeap } from '../../base/timer-heap.ts';
import type { SimulatedRequest, SimulatedWorkload } from '../workload/simulated-request.ts';

interface Due extends Timer {
  request: SimulatedRequest;
}

/**
 * Which request is due when. Rows of a session wait for the answer before them; in a closed loop every answer lets the
 * next one go.
 */
export class Agenda {
  readonly #requests: readonly SimulatedRequest[];
  readonly #due = new TimerHeap<Due>();
  /** Sessions with a request under way, and what waits for it. */
  readonly #sessions = new Map<string, SimulatedRequest[]>();
  readonly #isClosed: boolean;
  #next = 0;
  #order = 0;

  constructor({ requests, concurrency }: SimulatedWorkload) {
    this.#requests = requests;
    this.#isClosed = concurrency !== undefined;
    for (let client = 0; client < (concurrency ?? 0); client++) this.#letGo(0);
  }

  /** When the next one is due; undefined when none is, or none before another ends. */
  get nextMs(): number | undefined {
    const arrival = this.#isClosed ? undefined : this.#requests[this.#next]?.atMs;
    const released = this.#due.peek()?.atMs;
    if (arrival === undefined || released === undefined) return arrival ?? released;
    return Math.min(arrival, released);
  }

  /** Takes the next one; undefined when it has to wait for its session. */
  take(): SimulatedRequest | undefined {
    const released = this.#due.peek();
    const arrival = this.#isClosed ? undefined : this.#requests[this.#next];
    if (released && (!arrival || released.atMs <= arrival.atMs)) {
      this.#due.pop();
      return released.request;
    }
    this.#next++;
    return arrival && this.#queued(arrival) ? undefined : arrival;
  }

  /** To be told of the end of every request that was taken. */
  ended({ session }: SimulatedRequest, nowMs: number): void {
    if (session !== undefined) this.#continue(session, nowMs);
    if (this.#isClosed) this.#letGo(nowMs);
  }

  /** True when another of its session is under way. */
  #queued(request: SimulatedRequest): boolean {
    const { session } = request;
    if (session === undefined) return false;
    const waiting = this.#sessions.get(session);
    if (!waiting) {
      this.#sessions.set(session, []);
      return false;
    }
    waiting.push(request);
    return true;
  }

  #continue(session: string, nowMs: number): void {
    const next = this.#sessions.get(session)?.shift();
    if (!next) this.#sessions.delete(session);
    else this.#release(next, Math.max(next.atMs, nowMs + next.delayMs));
  }

  #letGo(nowMs: number): void {
    const next = this.#requests[this.#next];
    if (!next) return;
    this.#next++;
    if (this.#queued(next)) this.#letGo(nowMs);
    else this.#release(next, nowMs);
  }

  #release(request: SimulatedRequest, atMs: number): void {
    this.#due.push({ atMs, order: this.#order++, run: () => {}, request });
  }
}
