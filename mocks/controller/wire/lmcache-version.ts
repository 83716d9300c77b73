import type { HolderPolicy } from '../core/lookup.ts';
import { mockError } from '../../errors.ts';

/** Where the legacy controller's answers differ between versions of LMCache. */
export interface LmcacheDialect {
  version: string;
  /** Whom a lookup names of several holders. */
  holders: HolderPolicy;
  /** Routes it does not have. */
  missing: ReadonlySet<string>;
  /** What /move calls leaving the source as it is; another spelling is ignored. */
  copyField: 'copy' | 'should_copy';
  /** What a worker's info calls the address that its peers fetch from. */
  peerField: 'distributed_url' | 'peer_init_url';
  /** Ends the refusal of a /move to a worker without such an address. */
  peerlessHint: string;
  /** Whether /query_worker_info can go without `worker_ids`, and `all` means every instance. */
  isWorkerQueryLoose: boolean;
  /** Whom /query_instance names of several instances at one address, in order of registration. */
  instanceAtAddress: 'first' | 'last';
}

/** As the released 0.5.6 answers when asked. */
const V0_5_6: LmcacheDialect = {
  version: '0.5.6',
  holders: 'registry-order',
  missing: new Set(),
  copyField: 'should_copy',
  peerField: 'peer_init_url',
  peerlessHint: ' or P2P is not enabled.',
  isWorkerQueryLoose: true,
  instanceAtAddress: 'first',
};

/** The last with a coordinator that has no directory. */
const V0_5_2: LmcacheDialect = {
  ...V0_5_6,
  version: '0.5.2',
  missing: new Set([
    '/directory/keys',
    '/directory/lookup',
    '/directory/stats',
    '/events',
    '/instances/usage',
    '/instances/{id}/usage',
  ]),
};

/** As the released 0.3.9.post2 answers when asked. */
const V0_3_9: LmcacheDialect = {
  version: '0.3.9.post2',
  holders: 'first-admitted',
  missing: new Set(['/controller/workers', '/controller/key-stats', '/metrics']),
  copyField: 'copy',
  peerField: 'distributed_url',
  peerlessHint: '',
  isWorkerQueryLoose: false,
  instanceAtAddress: 'last',
};

/** By its package, which differs from that of 0.3.9.post2 in this only. */
const V0_3_6: LmcacheDialect = {
  ...V0_3_9,
  version: '0.3.6',
  missing: new Set([...V0_3_9.missing, '/query_worker_info']),
};

const DIALECTS: readonly LmcacheDialect[] = [V0_5_6, V0_5_2, V0_3_9, V0_3_6];

/**
 * The dialect of a version by its full number or a leading part (`0.3.9`); the newest by default.
 * @throws KvcacheError LMCACHE_VERSION_UNKNOWN (kind usage)
 */
export function lmcacheDialect(version = 'newest'): LmcacheDialect {
  if (version === 'newest') return V0_5_6;
  const dialect = DIALECTS.find(
    (it) => it.version === version || it.version.startsWith(`${version}.`),
  );
  if (dialect) return dialect;
  throw mockError('LMCACHE_VERSION_UNKNOWN', {
    message: `No mock controller speaks as LMCache ${version}.`,
    remedy: `Choose one of newest, ${DIALECTS.map((it) => it.version).join(', ')}.`,
  });
}
