import { KvcacheError } from '../../base/errors.ts';
import { decodeLookup } from '../../protocol/lmcache.ts';
import type { Answer } from '../answer.ts';
import type { OriginClient } from '../origin-client.ts';
import { isInstanceList } from './coordinator.ts';
import { type Dialect, wrongDialect } from './driver.ts';

/**
 * Finds out which dialect a controller speaks, by calls that change nothing:
 * GET /healthz and a list of instances are the coordinator's, GET /health names the sample's `mock-controller`, and a lookup of
 * no tokens is answered `{"layout_info":{}}` by the LMCache controller.
 * `restMs` tells the time left for all of them.
 * @throws KvcacheError UNREACHABLE or TIMEOUT; CONTROLLER_WRONG_DIALECT when it is none of them
 */
export async function detectDialect(client: OriginClient, restMs: () => number): Promise<Dialect> {
  const get = (path: string): Promise<Answer> =>
    client.call({ method: 'GET', path, timeoutMs: restMs() });
  const healthz = await get('/healthz');
  // Many a server is healthy.
  if (memberOf(healthz, 'status') === 'healthy' && isInstanceList(await get('/instances'))) {
    return 'coordinator';
  }
  const health = await get('/health');
  if (memberOf(health, 'component') === 'mock-controller') return 'toy';
  const lookup = await client.call({
    method: 'POST',
    path: '/lookup',
    body: '{"tokens":[]}',
    timeoutMs: restMs(),
  });
  const layout = decodeLookup(jsonOrUndefined(lookup));
  if (layout) return layout.shape === 'object' ? 'toy' : 'legacy';
  if (lookup.status >= 500) throw starting(client.baseUrl, lookup.status);
  throw wrongDialect(client.baseUrl, lookup);
}

function memberOf(answer: Answer, key: string): unknown {
  const value = jsonOrUndefined(answer);
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function jsonOrUndefined(answer: Answer): unknown {
  if (answer.status !== 200) return undefined;
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}

/** A server that fails every call tells nothing about its dialect. */
function starting(where: string, status: number): KvcacheError {
  return new KvcacheError({
    kind: 'target',
    code: 'CONTROLLER_ERROR',
    message: `The controller answered HTTP ${status}.`,
    where,
    remedy: "Look into the controller's log.",
  });
}
