import { readPlain } from '../schema/strict.ts';
import { assembleRouting } from './assemble.ts';
import { configError } from './errors.ts';
import { routing } from './extension-schema.ts';
import type { RoutingConfig } from './gateway-config.ts';

/**
 * The settings of `x-kvcache.routing`, defaults where there are none.
 * @throws KvcacheError ROUTING_INVALID (kind usage)
 */
export function readRouting(settings: Readonly<Record<string, unknown>>): RoutingConfig {
  const invalid = ({ message }: { message: string }) =>
    configError('ROUTING_INVALID', { message: message });
  return assembleRouting(readPlain(routing, settings, { whole: 'routing', invalid }));
}
