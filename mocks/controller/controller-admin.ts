import { adminBody, type AdminRoutes } from '../admin/admin.ts';
import { commonRoutes } from '../admin/common-routes.ts';
import { choice, flag, number, object, optional } from '../../src/schema/describe.ts';
import { readPlain } from '../../src/schema/strict.ts';
import type { LatenessGauge } from '../time/lateness.ts';
import type { ControllerFaults } from './core/controller-core.ts';
import type { ControllerWire } from './wire/controller-wire.ts';
import { admit, register } from './worker-admissions.ts';

/** The admin API of a mock controller. */
export function controllerAdminRoutes(
  wire: ControllerWire,
  { api, lateness }: { api: string; lateness: LatenessGauge },
): AdminRoutes {
  const { core } = wire;
  const startFaults = { ...core.faults };
  return {
    ...commonRoutes({
      journal: wire.journal,
      faults: wire.faults,
      clock: wire.clock,
      lateness,
      state: () => ({
        role: 'controller',
        id: wire.id,
        api,
        calls: Object.fromEntries(wire.calls),
        counters: core.counters,
        index: { chunks: core.index.chunks, bytes: core.index.bytes, faults: core.faults },
        workers: core.registry.list(),
      }),
      reset: (scope) => resetController(wire, startFaults, scope),
    }),
    'GET cache': () => ({ chunkTokens: core.chunkTokens, holders: core.keyCounts() }),
    'PUT index-faults': ({ body }) => setFaults(core.faults, body),
    'POST workers': ({ body }) => register(wire, body),
    'POST admissions': ({ body }) => admit(wire, body),
  };
}

function resetController(
  { core, calls }: ControllerWire,
  startFaults: ControllerFaults,
  scope: string,
): boolean {
  if (scope === 'calls' || scope === 'all') calls.clear();
  if (scope === 'restart') core.restart();
  if (scope === 'cache' || scope === 'all') core.forgetIndex();
  if (scope === 'faults' || scope === 'all') Object.assign(core.faults, startFaults);
  return ['calls', 'restart', 'cache'].includes(scope);
}

const indexFaults = object('What is wrong with the index; each is optional.', {
  lagMs: optional(number('How late it learns.', 0, { min: 0 })),
  isFrozen: optional(flag('Whether it learns at all.', false)),
  lie: optional(choice('What it says.', ['off', 'wrong-instance', 'whole-prompt'], 'off')),
});

function setFaults(faults: ControllerFaults, body: unknown): object {
  return Object.assign(faults, readPlain(indexFaults, body, adminBody('index-faults')));
}
