import { isZmqAddress, kvEventComplaint } from '../kv-event-address.ts';
import type { Finding, LintCheck, LintSubject } from './check.ts';

const KEY = 'x-kvcache.kv_events.sources';

function addressesAreAddresses({ config }: LintSubject): Finding[] {
  return config.extension.kvEvents.sources.flatMap(({ url, replay }, index): Finding[] => {
    const complaint = kvEventComplaint(url);
    const wrong = [
      ...(complaint ? [['url', complaint]] : []),
      ...(replay !== '' && !isZmqAddress(replay)
        ? [['replay', 'The address is no tcp://HOST:PORT.']]
        : []),
    ] as [string, string][];
    return wrong.map(([key, message]) => ({
      rule: 'kv-event-address',
      path: `${KEY}[${index}].${key}`,
      message,
    }));
  });
}

/** One engine that is not heard keeps the policy from knowing who holds most. */
function everyEngineIsHeard({ config }: LintSubject): Finding[] {
  const { routing, kvEvents } = config.extension;
  const known = new Set(kvEvents.sources.map(({ endpointId }) => endpointId));
  const ids = config.clusters.flatMap(({ endpoints }) => endpoints.map(({ id }) => id));
  const isWanted = [routing.policy, ...routing.shadow].includes('events');
  const unheard = isWanted ? ids.filter((id) => !known.has(id)) : [];
  const strangers = kvEvents.sources.filter(({ endpointId }) => !ids.includes(endpointId));
  return [
    ...(unheard.length > 0
      ? [
          {
            rule: 'kv-event-sources' as const,
            path: KEY,
            message: `No source for ${unheard.join(', ')}.`,
          },
        ]
      : []),
    ...strangers.map(({ endpointId }) => ({
      rule: 'kv-event-sources' as const,
      path: KEY,
      message: `No endpoint is called ${endpointId}.`,
    })),
  ];
}

export const kvEventChecks: readonly LintCheck[] = [addressesAreAddresses, everyEngineIsHeard];
