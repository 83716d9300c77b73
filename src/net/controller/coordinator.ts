import { isRecord } from '../../base/json.ts';
import { CoordinatorDriver, isInstanceList } from './coordinator-driver.ts';
import type { ControllerDialect } from './dialect.ts';

/** LMCache's MP coordinator. */
export const coordinator: ControllerDialect = {
  name: 'LMCache coordinator',
  isSpoken: async (probes) => {
    const health = await probes.get('/healthz');
    // Many a server is healthy.
    const isHealthy = isRecord(health) && health['status'] === 'healthy';
    return isHealthy && isInstanceList(await probes.get('/instances'));
  },
  create: (parts) => new CoordinatorDriver(parts),
  idSetting: '--instance-id of each engine’s own lmcache server',
  workers: {
    path: '/instances',
    member: 'instances',
    advice:
      'Check --coordinator-url of every lmcache server, and --coordinator-advertise-ip where it is behind another address; one that sends no heartbeat for --instance-timeout is dropped.',
  },
};
