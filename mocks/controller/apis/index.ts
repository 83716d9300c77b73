import type { ControllerApi } from './api.ts';
import { coordinator } from './coordinator.ts';
import { legacy } from './legacy.ts';
import type { Dialect } from '../../../src/protocol/lmcache.ts';
import { toy } from './toy.ts';

export const APIS: Readonly<Record<Dialect, ControllerApi>> = { legacy, coordinator, toy };
