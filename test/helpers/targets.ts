import type { Targets } from '../../src/target/targets.ts';

/** Targets of which only the named members matter. */
export function targetsOf(changes: Partial<Targets>): Targets {
  return {
    engines: [],
    controllerUrl: null,
    kvEvents: [],
    gatewayUrl: null,
    model: 'auto',
    access: { headers: {} },
    timeoutMs: 2_000,
    replicas: null,
    servedByHeaders: [],
    sessionHeader: null,
    ...changes,
  };
}
