import type { Dialect } from '../../protocol/lmcache.ts';
import { type Answer, jsonIfOk, seen } from '../answer.ts';
import type { OriginClient } from '../origin-client.ts';
import type { Probes } from './dialect.ts';
import { netError } from '../errors.ts';
import { DIALECTS } from './dialects.ts';
import { wrongDialect } from './driver.ts';

/**
 * Finds out which dialect a controller speaks, by calls that change nothing.
 * `restMs` tells the time left for all of them.
 * @throws KvcacheError UNREACHABLE or TIMEOUT; CONTROLLER_WRONG_DIALECT when it is none of them
 */
export async function detectDialect(client: OriginClient, restMs: () => number): Promise<Dialect> {
  const asked = new Map<string, Promise<Answer>>();
  const ask = (path: string, body?: string): Promise<Answer> => {
    const method = body === undefined ? 'GET' : 'POST';
    const known = asked.get(path) ?? client.call({ method, path, body, timeoutMs: restMs() });
    asked.set(path, known);
    return known;
  };
  const lookup = (): Promise<Answer> => ask('/lookup', '{"tokens":[]}');
  const probes: Probes = {
    get: async (path) => jsonIfOk(await ask(path)),
    lookup: async () => jsonIfOk(await lookup()),
  };
  for (const [name, dialect] of Object.entries(DIALECTS)) {
    if (await dialect.isSpoken(probes)) return name as Dialect;
  }
  const answer = await lookup();
  // A server that fails every call tells nothing about its dialect.
  if (answer.status < 500) throw wrongDialect(client.baseUrl, answer);
  throw netError('CONTROLLER_ERROR', {
    ...seen(answer, client.baseUrl),
    message: `The controller answered HTTP ${answer.status}.`,
  });
}
