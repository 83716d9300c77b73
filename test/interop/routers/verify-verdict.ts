import type { Outcome } from '../../../src/base/outcome.ts';
import { kvcache } from '../../helpers/exec.ts';
import type { Json } from '../../helpers/mock-fleet.ts';
import type { RoutesBy } from './router-table.ts';
import type { EngineOfRouter } from './start-router.ts';

/** What `kvcache verify` says of a gateway: the members of its document these tests hold it to. */
export interface VerifyVerdict {
  outcome: Outcome;
  exitCode: number;
  /** How the gateway routes, in the words of the document. */
  routesBy: string | undefined;
  /** Whether KV events named every holder; undefined where they were not followed. */
  events: Outcome | undefined;
  /** What it says first: why it is invalid, say. */
  headline: string | undefined;
  /** Why it could not run. */
  errorCode: string | undefined;
}

/** The document's word for each way. Undefined: more than one word is right. */
export const WORDS: Record<RoutesBy, string | undefined> = {
  index: 'index',
  memory: 'memory',
  'exact-memory': 'memory',
  session: undefined,
  'one-engine': undefined,
  'none-seen': 'none',
};

/** Judges a gateway with nothing named but it and the engines behind it, and their KV events where it follows them. */
export async function verify(
  gateway: string,
  engines: readonly EngineOfRouter[],
  { followsEvents = false }: { followsEvents?: boolean },
): Promise<VerifyVerdict> {
  const named = engines.flatMap(({ id, url }) => [
    '--engine',
    `${id}=${url}`,
    ...(followsEvents ? ['--kv-events', `${id}=${url}/__mock/events`] : []),
  ]);
  // Nothing that is judged here needs arms A and N, or more than a first token.
  const size = ['--quick', '--arms', 'BCD', '--output-tokens', '1'];
  const args = ['verify', '--gateway', gateway, ...named, ...size, '--seed', '1', '--json'];
  const { stdout, stderr } = await kvcache(args);
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`no document: ${stderr.slice(-2_000)}`);
  const document: Json = JSON.parse(line);
  const { outcome, exitCode, routing, headline, error, checks = [] } = document;
  return {
    outcome,
    exitCode,
    routesBy: routing?.learns,
    events: checks.find(({ id }: Json) => id === 'kv-events')?.outcome,
    headline,
    errorCode: error?.code,
  };
}
