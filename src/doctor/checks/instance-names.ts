import { DIALECTS } from '../../net/controller/dialects.ts';
import type { Dialect } from '../../protocol/lmcache.ts';
import type { EngineTarget } from '../../target/targets.ts';

/** An id that LMCache made up since nobody gave one: a UUID, or a word and 32 hexadecimal digits. */
const MADE_UP = /(?:^|[_-])[0-9a-f]{32}$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where the LMCache in use is told an engine's id. */
export function idSetting(dialect: Dialect | undefined): string {
  return DIALECTS[dialect ?? 'legacy'].idSetting;
}

/** How to make the instances' names those of the endpoints, by where they are given. */
export function namingRemedy(
  strangers: readonly string[],
  engines: readonly EngineTarget[],
  dialect: Dialect | undefined,
): string {
  const ids = engines.map(({ id }) => id).join(', ');
  const setting = `Set ${idSetting(dialect)} to its endpoint id (${ids})`;
  const madeUp = strangers.filter((id) => MADE_UP.test(id));
  return madeUp.length > 0
    ? `No id was given to ${madeUp.join(', ')}: LMCache made it up, and makes up another at every start. ${setting}.`
    : `${setting}, or give the engines their ids with --engine ${strangers[0] ?? 'ID'}=URL.`;
}
