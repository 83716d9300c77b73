import { configText } from '../../helpers/gateway.ts';
import { freePort } from '../../../src/stack/free-ports.ts';
import { type Seen, type ScriptedEngine, send, startEngine } from './exchange.ts';
import type { Case } from './differential-cases.ts';

/** What one gateway did with a case, part by part. */
export type Observation = Readonly<Record<string, unknown>>;

/** Of the moment, of the connection or of the length. */
const IGNORED = new Set([
  'connection',
  'content-length',
  'date',
  'host',
  'keep-alive',
  'x-request-id',
]);

/** Runs a case before engines of its own, which start afresh for each gateway. */
export async function observe(
  test: Case,
  start: (text: string) => Promise<{ url: string } & AsyncDisposable>,
): Promise<Observation> {
  const engines = await Promise.all(
    test.engines.map(async ({ id, script, llm, headers }) => {
      const running = script === 'down' ? undefined : await startEngine(id, script, headers);
      return { id, llm: llm ?? 'retry_policy: {name: NoRetry}', running };
    }),
  );
  const endpoints = await Promise.all(
    engines.map(async ({ id, llm, running }) => ({
      id,
      llm,
      port: running?.port ?? (await freePort()),
    })),
  );
  const running = engines.flatMap((it) => it.running ?? []);
  try {
    await using gateway = await start(configText({ ...test.config, endpoints }));
    const answers: Seen[] = [];
    for (const request of test.requests) answers.push(await send(gateway.url, request));
    return observation(test, answers, running);
  } finally {
    await Promise.all(running.map((engine) => engine[Symbol.asyncDispose]()));
  }
}

function observation(
  { also = [] }: Case,
  answers: readonly Seen[],
  engines: readonly ScriptedEngine[],
): Observation {
  const asked = Object.fromEntries(engines.map(({ id, seen }) => [id, seen.length]));
  const [first] = answers;
  const parts = {
    'request headers': () => headerParts('request header', engines[0]!.seen[0] ?? {}),
    'answer headers': () => headerParts('answer header', first!.headers),
    'error body': () => ({ 'error body': first!.body.replace(/127\.0\.0\.1:\d+/g, 'HOST') }),
  };
  return {
    statuses: answers.map(({ status }) => status).join(' '),
    'served by': answers.map(({ body }) => /"served_by":"(\w+)"/.exec(body)?.[1] ?? '-').join(' '),
    asked: JSON.stringify(asked),
    ...Object.assign({}, ...also.map((part) => parts[part]())),
  };
}

function headerParts(title: string, headers: Seen['headers']): Observation {
  const entries = Object.entries(headers).filter(([name]) => !IGNORED.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [`${title} ${name}`, String(value)]));
}
