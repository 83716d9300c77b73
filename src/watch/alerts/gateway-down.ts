import type { AlertRow } from './alert.ts';

/** Nothing to be read. */
export const gatewayDown: AlertRow = {
  id: 'gateway-down',
  severity: 'critical',
  sentence: () => 'The metrics of the gateway cannot be read.',
  remedy: 'Check that the gateway is up, and its metrics reached under the address given.',
  causes: [],
  holds: ({ buckets }) =>
    buckets.every((it) => it.gatewayAsked > 0 && it.gatewayMissed === it.gatewayAsked)
      ? [{ subject: '', evidence: 'no answer for a whole window' }]
      : [],
  explains: [],
};
