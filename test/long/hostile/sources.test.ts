import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Socket } from 'node:net';
import { configText, served, startUpstream, type Upstream } from '../../helpers/gateway.ts';
import { type RawEngine, startRawEngine } from './raw-engine.ts';
import { spawnGateway, type SpawnedGateway } from './rig.ts';
import {
  type AnswerRow,
  COORDINATOR_ANSWERS,
  DIRECTORY_WELL,
  IDS,
  LEGACY_ANSWERS,
  TOKENIZER_ANSWERS,
  TOKENS,
} from './source-answers.ts';
import { type Fate, REFUSALS, whole, type WireCase, WIRES } from './source-wires.ts';

/** What a well server answers, by path. */
const GOOD: Readonly<Record<string, string>> = {
  '/tokenize': `{"count":${TOKENS},"max_model_len":4096,"tokens":[${IDS.join(',')}]}`,
  '/lookup': '{"event_id":"e","layout_info":{"b":["ram",512]}}',
  '/directory/lookup': DIRECTORY_WELL,
};

type Path = '/tokenize' | '/lookup' | '/directory/lookup';

const REASONS: Readonly<Record<'tokenizer' | 'controller', Readonly<Record<Fate, string[]>>>> = {
  tokenizer: {
    failed: ['tokenize-failed'],
    timeout: ['tokenize-timeout'],
    'too-much': ['tokenize-failed', 'tokenize-timeout'],
    unreadable: ['tokenize-failed'],
    well: ['hit'],
  },
  controller: {
    failed: ['lookup-failed'],
    timeout: ['lookup-timeout'],
    'too-much': ['lookup-failed', 'lookup-timeout'],
    unreadable: ['wrong-dialect'],
    well: ['hit'],
  },
};

interface Case {
  name: string;
  path: Path;
  reasons: readonly string[];
  answer: WireCase['answer'];
}

const casesOf = (path: Path, rows: readonly AnswerRow[]): Case[] => {
  const reasons = REASONS[path === '/tokenize' ? 'tokenizer' : 'controller'];
  const say =
    (text: string): WireCase['answer'] =>
    (socket) =>
      void socket.write(text, 'latin1');
  return [
    ...WIRES.map(({ name, fate, answer }) => ({ name, path, reasons: reasons[fate], answer })),
    ...REFUSALS.map(([name, text]) => ({
      name,
      path,
      reasons: reasons.failed,
      answer: say(text),
    })),
    ...rows.map(([name, json, reason]) => ({
      name: `JSON: ${name}`,
      path,
      reasons: [reason],
      answer: say(whole(json)),
    })),
  ];
};

const ALL = {
  'a tokenizer': casesOf('/tokenize', TOKENIZER_ANSWERS),
  'a controller': casesOf('/lookup', LEGACY_ANSWERS),
  'a coordinator': casesOf('/directory/lookup', COORDINATOR_ANSWERS),
} as const;

/** Clients that ask at a time. */
const CLIENTS = 4;

let current: Case | undefined;
let source: RawEngine;
let engines: Upstream[];
let legacy: SpawnedGateway;
let coordinator: SpawnedGateway;

beforeAll(async () => {
  source = await startRawEngine((socket: Socket, path) => {
    const good = GOOD[path];
    if (good === undefined) socket.end(whole('{}', '404 Not Found'));
    else if (current?.path === path) return current.answer(socket, good);
    else socket.write(whole(good));
  });
  engines = [await startUpstream(served('a')), await startUpstream(served('b'))];
  const start = (controller: string): Promise<SpawnedGateway> => {
    const url = `"http://127.0.0.1:${source.port}"`;
    // No breaker: every case is really asked.
    const kvcache = `enabled: true, vllm_endpoint: ${url}, lmcache_endpoint: ${url}, circuit_breaker: {failure_threshold: 1000000}`;
    return spawnGateway(
      configText({
        endpoints: engines.map(({ port }, at) => ({ id: 'ab'[at]!, port })),
        proxy: '{timeout: 60s}',
        filters: `{name: dgp.filter.ai.kvcache, config: {${kvcache}}}`,
        extension: `{routing: {tokenize_timeout: 1s, lookup_timeout: 1s, load_weight_tokens: 0}, controller: ${controller}}`,
      }),
    );
  };
  legacy = await start('{dialect: legacy}');
  coordinator = await start('{dialect: coordinator, model: m, world_size: 1}');
});

afterAll(async () => {
  for (const it of [legacy, coordinator, source, ...engines]) await it[Symbol.asyncDispose]();
});

afterEach(() => {
  legacy.check();
  coordinator.check();
});

let serial = 0;
const fresh = (): string =>
  JSON.stringify({ model: 'm', prompt: `prompt ${++serial} `.repeat(TOKENS / 3) });

async function ask(gateway: SpawnedGateway, body: string): Promise<string> {
  const url = `${gateway.url}/v1/completions`;
  const answer = await fetch(url, { method: 'POST', body });
  const { served_by: by } = (await answer.json()) as { served_by: string };
  expect([answer.status, answer.headers.get('x-kvcache-endpoint')]).toEqual([200, by]);
  expect(answer.headers.get('x-pwned')).toBeNull();
  const predicted = Number(answer.headers.get('x-kvcache-cached-tokens') ?? 0);
  expect(predicted).toBeGreaterThanOrEqual(0);
  expect(predicted).toBeLessThanOrEqual(TOKENS);
  const reason = answer.headers.get('x-kvcache-reason')!;
  if (reason === 'hit') expect(by).toBe('b');
  return reason;
}

it('has at least 150 cases with names of their own', () => {
  for (const cases of Object.values(ALL)) {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  }
  expect(Object.values(ALL).flat().length).toBeGreaterThanOrEqual(150);
});

describe.each(Object.entries(ALL))('%s answers badly', (_who, cases) => {
  it.each(cases.map((it) => [it.name, it] as const))('%s', async (_name, given) => {
    const gateway = given.path === '/directory/lookup' ? coordinator : legacy;
    const bodies = Array.from({ length: CLIENTS }, fresh);
    for (const it of engines) it.bodies.length = 0;
    source.seen.length = 0;
    current = given;
    const reasons = await Promise.all(bodies.map((it) => ask(gateway, it)));
    current = undefined;
    for (const reason of reasons) expect(given.reasons).toContain(reason);
    // Whatever became of the lookup, each request was delivered once, as it was.
    const delivered = engines.flatMap((it) => it.bodies).filter((it) => bodies.includes(it));
    expect(delivered.filter((body, at) => delivered.indexOf(body) === at)).toHaveLength(CLIENTS);
    expect(source.seen).toContain(given.path);
    expect(source.seen).not.toContain('/elsewhere');
    // The next one is told well.
    await expect.poll(() => ask(gateway, fresh()), { timeout: 20_000 }).toBe('hit');
  });
});
