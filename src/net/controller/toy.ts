import { isRecord } from '../../base/json.ts';
import { decodeLookup } from '../../protocol/lmcache.ts';
import { CacheDriver } from './cache-driver.ts';
import type { ControllerDialect } from './dialect.ts';
import { legacy } from './legacy.ts';

/** The sample mocks. Where their health does not name them, lookups do that already know something. */
export const toy: ControllerDialect = {
  name: 'the sample’s mock',
  isSpoken: async (probes) => {
    const health = await probes.get('/health');
    if (isRecord(health) && health['component'] === 'mock-controller') return true;
    return decodeLookup(await probes.lookup())?.shape === 'object';
  },
  create: ({ client }) => new CacheDriver(client, 'toy'),
  idSetting: legacy.idSetting,
  workers: null,
};
