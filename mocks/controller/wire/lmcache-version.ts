import { KvcacheError } from '../../../src/base/errors.ts';

/** Where the legacy controller's answers differ between versions of LMCache. */
export interface LmcacheDialect {
  version: string;
  /**
   * `detail` of the 500 for an instance it does not know: what the assertion that fails says. By
   * the name of the operation; others say nothing.
   */
  unknownInstance: Readonly<Record<string, string>>;
  /** `/health` of such an instance: the failed assertion, or 200 without a single worker. */
  unknownHealth: 'error' | 'empty';
}

const NEWEST: LmcacheDialect = { version: 'newest', unknownInstance: {}, unknownHealth: 'error' };

/** As the released 0.3.9.post2 answers when asked. */
const V0_3_9: LmcacheDialect = {
  version: '0.3.9.post2',
  unknownInstance: {
    Pin: 'The number of tokens pinned should be the same across all workers.',
    Clear: 'The number of tokens cleared should be the same across all workers.',
  },
  unknownHealth: 'empty',
};

const V0_3_6: LmcacheDialect = { ...NEWEST, version: '0.3.6' };

const DIALECTS: readonly LmcacheDialect[] = [NEWEST, V0_3_9, V0_3_6];

/**
 * The dialect of a version by its full number or a leading part (`0.3.9`); the newest by default.
 * @throws KvcacheError LMCACHE_VERSION_UNKNOWN (kind usage)
 */
export function lmcacheDialect(version: string = NEWEST.version): LmcacheDialect {
  const dialect = DIALECTS.find(
    (it) => it.version === version || it.version.startsWith(`${version}.`),
  );
  if (dialect) return dialect;
  throw new KvcacheError({
    kind: 'usage',
    code: 'LMCACHE_VERSION_UNKNOWN',
    message: `No mock controller speaks as LMCache ${version}.`,
    remedy: `Choose one of ${DIALECTS.map((it) => it.version).join(', ')}.`,
  });
}
