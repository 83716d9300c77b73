import type { ControllerApi } from './api.ts';
import { coordinator } from './coordinator.ts';
import { legacy } from './legacy.ts';
import type { ApiName } from './names.ts';
import { toy } from './toy.ts';

export const APIS: Readonly<Record<ApiName, ControllerApi>> = { legacy, coordinator, toy };
