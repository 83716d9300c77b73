import type { ListenAddress } from '../../src/net/listen.ts';
import type { FleetPlan } from './fleet-plan.ts';
import { mockError } from '../errors.ts';

/**
 * Two mocks of one fleet on one port would only learn that "another process has it".
 * @throws KvcacheError PORTS_COLLIDE (kind usage)
 */
export function assertPortsApart(
  { controller, engines }: FleetPlan,
  addresses: { controller: ListenAddress; engines: readonly ListenAddress[] },
): void {
  const listeners = engines.map(({ settings }, index) => ({
    id: settings.id,
    address: addresses.engines[index]!,
  }));
  if (controller) listeners.unshift({ id: controller.id, address: addresses.controller });
  for (const [index, { id, address }] of listeners.entries()) {
    const rival = listeners.slice(0, index).find((other) => collides(other.address, address));
    if (!rival) continue;
    const message = `${rival.id} and ${id} would both listen on port ${address.port}.`;
    throw mockError('PORTS_COLLIDE', { message });
  }
}

/** An address without host takes the port on every interface. */
function collides(one: ListenAddress, other: ListenAddress): boolean {
  if (one.port === 0 || one.port !== other.port) return false;
  return one.host === other.host || one.host === undefined || other.host === undefined;
}
