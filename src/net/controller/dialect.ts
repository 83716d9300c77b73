import type { Clock } from '../../base/clock.ts';
import type { OriginClient } from '../origin-client.ts';
import type { ControllerDriver } from './driver.ts';

/** How a coordinator knows a deployment: neither is part of a request. */
export interface DirectoryNames {
  /** Path or hub id of the one model there is; undefined: as `rootOf` says. */
  model?: string | undefined;
  /** Ranks of the deployment; undefined: learnt from the directory. */
  worldSize?: number | undefined;
  /** Path or hub id behind a served name (`root` in GET /v1/models); null: the engine does not say. */
  rootOf?: ((servedName: string) => Promise<string | null>) | undefined;
}

/** What a driver is made of. */
export interface DriverParts {
  client: OriginClient;
  clock: Clock;
  names: DirectoryNames;
}

/** Calls that change nothing, each made once however many dialects ask. JSON of a 200, else undefined. */
export interface Probes {
  get(path: string): Promise<unknown>;
  /** POST /lookup of no tokens, which the LMCache controller answers `{"layout_info":{}}`. */
  lookup(): Promise<unknown>;
}

/** One wire that controllers speak: its name in protocol/lmcache, a file, and a row of `dialects.ts`. */
export interface ControllerDialect {
  /** What people call such a controller. */
  name: string;
  isSpoken(probes: Probes): Promise<boolean>;
  create(parts: DriverParts): ControllerDriver;
  /** Where the controller lists who registered, under which member, and what keeps an engine there; null: no list. */
  workers: { path: string; member: string; advice: string } | null;
  /** Where an engine is told its id, for remedies. */
  idSetting: string;
}
