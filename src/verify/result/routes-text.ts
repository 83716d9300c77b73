import type { Learns, RoutingEvidence } from './result-evidence.ts';

const ROUTES: Readonly<Record<Learns, string>> = {
  index: 'an index of what engines hold',
  memory: 'memory of what it routed, or a hash',
  session: 'the session',
  connection: 'the connection',
  none: 'nothing that was seen',
  unknown: 'not known',
};

/** How a gateway routes, in words: `an index of what engines hold, prefixes`. */
export function routesText({ learns, scope, isOverridden }: RoutingEvidence): string {
  const found = scope === null ? '' : `, ${scope.replace('-', ' ')}`;
  return `${ROUTES[learns]}${found}${isOverridden ? ' (as --learns says)' : ''}`;
}
