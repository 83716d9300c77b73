import type { TruthEngine } from './engine.ts';
import { type RunningServer, bodyOf, send, serve, writeJson } from './http.ts';
import { type Policy, random } from './policies.ts';
import { tokensOf } from './words.ts';

/** The LMCache controller counts in chunks, whatever the engine's blocks are. */
const CHUNK_TOKENS = 256;

/** What an index says, by the name it has for an instance. */
export type Layout = Record<string, number>;

/** What becomes of the truth before it is told. */
export type IndexLie = (truth: Layout, tokens: readonly number[]) => Layout;

export interface ControllerOptions {
  engines: readonly TruthEngine[];
  lie?: IndexLie;
}

/** As much of LMCache's controller as a lookup needs: `POST /lookup` over what the engines really hold. */
export function startController({ engines, lie }: ControllerOptions): Promise<RunningServer> {
  return serve(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/lookup') {
      writeJson(response, { detail: 'Not Found' }, { status: 404 });
      return;
    }
    const { tokens } = JSON.parse(await bodyOf(request)) as { tokens: number[] };
    const truth = layoutOf(engines, tokens);
    const told = Object.entries(lie?.(truth, tokens) ?? truth);
    writeJson(response, {
      event_id: 'Lookup-1',
      layout_info: Object.fromEntries(told.map(([id, held]) => [id, ['LocalCPUBackend', held]])),
    });
  });
}

function layoutOf(engines: readonly TruthEngine[], tokens: readonly number[]): Layout {
  // The last token is never reused, but it is stored: look for one more than the prompt.
  const beyond = [...tokens, 0];
  const held = engines.map(({ id, cache }) => [id, wholeChunks(cache.held(beyond))] as const);
  return Object.fromEntries(held.filter(([, count]) => count > 0));
}

function wholeChunks(tokens: number): number {
  return Math.floor(tokens / CHUNK_TOKENS) * CHUNK_TOKENS;
}

/** Learns nothing after so many lookups: what came later is not there. */
export function frozenAfter(lookups: number): IndexLie {
  let seen = 0;
  return (truth) => (seen++ < lookups ? truth : {});
}

/** Whatever is asked, this instance has all of it. */
export function alwaysNames(id: string): IndexLie {
  return (_truth, tokens) => ({ [id]: tokens.length });
}

export function knowsNothing(): IndexLie {
  return () => ({});
}

/** Each instance under the name this gives it: swapped, or nobody's. */
export function renames(newName: (id: string) => string): IndexLie {
  return (truth) =>
    Object.fromEntries(Object.entries(truth).map(([id, held]) => [newName(id), held]));
}

/** Lists everything it ever saw, evicted or not. */
export function neverForgets(): IndexLie {
  const seen = new Map<string, Layout>();
  return (truth, tokens) => {
    const key = tokens.slice(0, CHUNK_TOKENS).join(' ');
    const told = Object.keys(truth).length > 0 ? truth : (seen.get(key) ?? {});
    seen.set(key, told);
    return told;
  };
}

/**
 * Asks the controller and follows it, if it names an engine there is.
 * @param salt other values than 0: it looks up other tokens than the engines compute
 */
export function followsController(url: string, salt = 0): Policy {
  return async (call, fleet) => {
    const body = JSON.stringify({
      tokens: salt === 0 ? call.tokens : saltedTokens(call.text, salt),
    });
    const answer = JSON.parse(await bodyOf(await send(`${url}/lookup`, { body }))) as {
      layout_info: Record<string, [string, number]>;
    };
    const best = Object.entries(answer.layout_info).toSorted(([, a], [, b]) => b[1] - a[1])[0];
    const engine = fleet.engines.findIndex(({ id }) => id === best?.[0]);
    return engine < 0 ? random()(call, fleet) : { engine, why: 'listed' };
  };
}

function saltedTokens(text: string, salt: number): number[] {
  return tokensOf({ messages: [{ role: 'user', content: text }] }, salt);
}
