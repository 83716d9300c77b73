import type { Environment } from '../base/environment.ts';
import type { Clock } from '../base/clock.ts';

/** Which ports a stack takes. */
export type StackPorts =
  /** The sample's, or those its environment variables name. */
  | { kind: 'sample' }
  /** Free ones, chosen by the system. */
  | { kind: 'auto' }
  /** `base` and the ones after it: controller, engines, gateway, gateway metrics. */
  | { kind: 'base'; base: number };

/** What every process start needs from its surroundings. */
export interface Surroundings {
  env: Environment;
  cwd: string;
  /** The Node binary for our own child processes. */
  nodePath: string;
  clock: Clock;
  signal: AbortSignal;
}

/** A process or server of a running stack. */
export interface StackMember {
  role: 'controller' | 'engine' | 'gateway';
  /** In sentences: "mock engine A". */
  title: string;
  id: string;
  url: string;
  metricsUrl: string | null;
  adminUrl: string | null;
  /** Null when it ran before us. */
  pid: number | null;
  /** Null when it ran before us. */
  logPath: string | null;
  /** What decided where it is: a flag, a variable, or `default`. */
  source: string;
}
