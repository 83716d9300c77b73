import type { RouteDecision } from '../listener/context.ts';
import type { PolicyTools, RoutingRequest } from './policy.ts';
import { rendezvous } from './rendezvous.ts';

/** The session a request says it belongs to. */
export function sessionOf(
  { headers }: RoutingRequest,
  { sessionHeader }: PolicyTools,
): string | undefined {
  if (sessionHeader === '') return undefined;
  const value = headers[sessionHeader];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Where nothing is known of the prompt, a session at least stays where it is. */
export function bySession(
  decision: RouteDecision,
  request: RoutingRequest,
  tools: PolicyTools,
): RouteDecision {
  const session = sessionOf(request, tools);
  if (session === undefined) return decision;
  const endpoint = rendezvous(request.cluster, session, tools.nowMs());
  if (!endpoint) return decision;
  return { ...decision, reason: 'session', endpointId: endpoint.config.id };
}
