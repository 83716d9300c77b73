/** One worker (tensor-parallel rank) of an engine, as it registered itself. */
export interface WorkerInfo {
  instanceId: string;
  workerId: number;
  ip: string;
  port: number;
  peerInitUrl: string | null;
}

export interface RegisteredWorker extends WorkerInfo {
  /** Unix time in milliseconds. */
  registeredMs: number;
  lastHeartbeatMs: number;
}

/** Who is known to the controller. In memory only: a restart forgets everyone. */
export class WorkerRegistry {
  readonly #workers = new Map<string, RegisteredWorker>();

  /** Adds the worker, or replaces it in its place. */
  register(worker: WorkerInfo, wallMs: number): void {
    const registered = { ...worker, registeredMs: wallMs, lastHeartbeatMs: wallMs };
    this.#workers.set(nameOf(worker.instanceId, worker.workerId), registered);
  }

  /** False when the worker is unknown and has to register again. */
  heartbeat(instanceId: string, workerId: number, wallMs: number): boolean {
    const worker = this.#workers.get(nameOf(instanceId, workerId));
    if (worker) worker.lastHeartbeatMs = wallMs;
    return worker !== undefined;
  }

  deregister(instanceId: string): void {
    for (const worker of this.list(instanceId)) {
      this.#workers.delete(nameOf(instanceId, worker.workerId));
    }
  }

  /** Workers in order of registration. */
  list(instanceId?: string): RegisteredWorker[] {
    const all = [...this.#workers.values()];
    return instanceId === undefined
      ? all
      : all.filter((worker) => worker.instanceId === instanceId);
  }

  has(instanceId: string): boolean {
    for (const worker of this.#workers.values()) {
      if (worker.instanceId === instanceId) return true;
    }
    return false;
  }

  /** Instances in order of their first worker's registration. */
  instances(): string[] {
    return [...new Set(this.list().map((worker) => worker.instanceId))];
  }

  clear(): void {
    this.#workers.clear();
  }
}

function nameOf(instanceId: string, workerId: number): string {
  return `${workerId}\0${instanceId}`;
}
