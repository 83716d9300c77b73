import type { Clock } from '../../src/base/clock.ts';
import { listenPlace } from '../flags/listen-place.ts';
import type { OwnFlags } from '../flags/rows.ts';
import type { RunningMock } from '../running-mock.ts';
import { startParityController } from './controller.ts';
import { startParityEngine } from './engine.ts';

export interface ParitySetting {
  /** Each beats its environment variable, which beats the default; `addr` of a single mock only. */
  flags: Pick<OwnFlags, 'addr' | 'id' | 'role' | 'preferred' | 'portBase' | 'delay'>;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
}

/**
 * What the sample's engines take for an answer. Pixiu tokenizes and looks up beside the request and
 * gives both up when it ends, so engines that answered at once would never be routed to by it.
 */
const DELAY_DEFAULT_MS = 150;

const ENGINES = {
  a: { offset: 1, variable: 'LLM_A_ADDR', id: 'LLM_A_ID', port: 18_091, defaultId: 'mock-llm-a' },
  b: { offset: 2, variable: 'LLM_B_ADDR', id: 'LLM_B_ID', port: 18_092, defaultId: 'mock-llm-b' },
} as const;

/** @throws KvcacheError LISTEN_ADDRESS_INVALID (usage) or as `listen` does */
export function startController(setting: ParitySetting): Promise<RunningMock> {
  const { flags, env, clock } = setting;
  return startParityController({
    listen: listenPlace({ flags, env, variable: 'LMCACHE_ADDR', port: 18_081, offset: 0 }),
    preferredEndpointId: flags.preferred ?? nonBlank(env['PREFERRED_ENDPOINT_ID']) ?? 'mock-llm-b',
    clock,
  });
}

/** @throws KvcacheError LISTEN_ADDRESS_INVALID (usage) or as `listen` does */
export function startEngine(setting: ParitySetting): Promise<RunningMock> {
  const { flags, env, clock } = setting;
  const role = flags.role ?? impliedRole(env);
  const engine = ENGINES[role];
  return startParityEngine({
    listen: listenPlace({ ...engine, flags, env }),
    id: flags.id ?? nonBlank(env[engine.id]) ?? engine.defaultId,
    isTokenizeEnabled: role === 'a',
    delayMs: flags.delay ?? delayFrom(env),
    clock,
  });
}

/** Engine B's program reads only its own two variables; so they tell which program is meant. */
function impliedRole(env: ParitySetting['env']): 'a' | 'b' {
  const names = (role: 'a' | 'b'): (string | undefined)[] =>
    [env[ENGINES[role].variable], env[ENGINES[role].id]].filter((value) => nonBlank(value));
  return names('b').length > 0 && names('a').length === 0 ? 'b' : 'a';
}

/**
 * Controller, engine A and engine B in this process. When one cannot start, the others are closed.
 * @throws KvcacheError LISTEN_ADDRESS_INVALID (usage) or as `listen` does
 */
export async function startFleet(setting: ParitySetting): Promise<RunningMock[]> {
  const started: RunningMock[] = [];
  try {
    started.push(await startController(setting));
    for (const role of ['a', 'b'] as const) {
      started.push(await startEngine({ ...setting, flags: { ...setting.flags, role } }));
    }
    return started;
  } catch (error) {
    await Promise.all(started.map((mock) => mock.close()));
    throw error;
  }
}

/** As the sample reads it: what is no whole number of milliseconds counts as unset. */
function delayFrom(env: ParitySetting['env']): number {
  const text = nonBlank(env['MOCK_LLM_RESPONSE_DELAY_MS']) ?? '';
  return /^\+?\d+$/.test(text) ? Number(text) : DELAY_DEFAULT_MS;
}

/** A blank variable counts as unset, as in the original. */
function nonBlank(text: string | undefined): string | undefined {
  return text?.trim() ? text.trim() : undefined;
}
