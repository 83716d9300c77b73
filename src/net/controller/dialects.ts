import type { Dialect } from '../../protocol/lmcache.ts';
import { coordinator } from './coordinator.ts';
import type { ControllerDialect } from './dialect.ts';
import { legacy } from './legacy.ts';
import { toy } from './toy.ts';

/** In the order in which a controller is tried for them: what is left of those that answer lookups is legacy. */
export const DIALECTS: Readonly<Record<Dialect, ControllerDialect>> = { coordinator, toy, legacy };
