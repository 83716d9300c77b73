import { decodeLookup } from '../../protocol/lmcache.ts';
import { CacheDriver } from './cache-driver.ts';
import type { ControllerDialect } from './dialect.ts';

/** LMCache's v1 cache controller. */
export const legacy: ControllerDialect = {
  name: 'LMCache controller',
  isSpoken: async (probes) => decodeLookup(await probes.lookup()) !== undefined,
  create: ({ client }) => new CacheDriver(client, 'legacy'),
  idSetting: 'lmcache_instance_id of every engine',
  workers: {
    path: '/controller/workers',
    member: 'workers',
    advice:
      'Check controller_pull_url and _reply_url, and turn on heartbeats: after a restart of the controller workers come back only through them.',
  },
};
