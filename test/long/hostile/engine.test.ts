import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configText, startUpstream, type Upstream } from '../../helpers/gateway.ts';
import { answerCases } from '../../integration/conformance/answers.ts';
import { post, type Echo, type HttpCase } from '../../integration/conformance/case.ts';
import { checkCase } from '../../integration/conformance/check.ts';
import { rawExchange } from '../../helpers/raw-http.ts';
import { type BadAnswer, badAnswers } from './engine-answers.ts';
import { type RawEngine, startRawEngine, WELL } from './raw-engine.ts';
import { spawnGateway, type SpawnedGateway } from './rig.ts';

describe('answers of one engine', () => {
  let gateway: SpawnedGateway;
  let engine: Upstream;
  let current: HttpCase | undefined;
  let echoes: Echo[] = [];

  beforeAll(async () => {
    engine = await startUpstream((request, _response, body) => {
      const { method, url, rawHeaders } = request;
      echoes.push({ method: method!, url: url!, rawHeaders, body });
      const { answer, engineCloses } = current!;
      if (typeof answer === 'string') request.socket.write(Buffer.from(answer, 'latin1'));
      if (answer === null || engineCloses) request.socket.end();
    }, 'latin1');
    gateway = await spawnGateway(configText({ endpoints: [{ id: 'engine', port: engine.port }] }));
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await engine.close();
  });

  afterEach(() => gateway.check());

  it.each(answerCases.map((it) => [it.name, it] as const))('%s', async (_name, given) => {
    current = given;
    echoes = [];
    await checkCase(given, gateway.port, echoes);
    expect(echoes).toHaveLength(1);
  });
});

describe('an engine that answers badly', () => {
  let current: BadAnswer;
  let bad: RawEngine;
  let well: RawEngine;
  let alone: SpawnedGateway;
  let falling: SpawnedGateway;

  beforeAll(async () => {
    bad = await startRawEngine(async (socket) => {
      for (const piece of current.pieces) {
        socket.write(piece, 'latin1');
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      if (current.end === 'reset') socket.resetAndDestroy();
      else socket.end();
    });
    well = await startRawEngine((socket) => void socket.write(WELL));
    const [first, second] = [bad.port, well.port];
    // No cooling: every case meets the bad one first.
    const llm = 'health_check_interval: 0, retry_policy: {name: NoRetry}';
    alone = await spawnGateway(configText({ endpoints: [{ id: 'bad', port: first, llm }] }));
    falling = await spawnGateway(
      configText({
        endpoints: [
          { id: 'bad', port: first, llm: `fallback: true, ${llm}`, weight: 1_000_000_000 },
          { id: 'well', port: second, llm: `fallback: true, ${llm}`, weight: 1 },
        ],
        lbPolicy: 'WeightRandom',
      }),
    );
  });

  afterAll(async () => {
    for (const it of [alone, falling, bad, well]) await it[Symbol.asyncDispose]();
  });

  afterEach(() => {
    alone.check();
    falling.check();
  });

  /** Statuses of whole answers; a broken off one shows its status line at least. */
  const ask = async (gateway: SpawnedGateway): Promise<(number | string)[]> => {
    const { responses, rest } = await rawExchange({
      port: gateway.port,
      pieces: [post(['connection: close'])],
      methods: ['POST'],
      awaitsClose: true,
      endsAfterSending: false,
    });
    const whole = responses.map(({ status }) => status);
    return rest === '' ? whole : [...whole, rest.slice(0, 'HTTP/1.1 200'.length)];
  };

  it('in at least 90 ways', () => {
    const names = [...badAnswers, ...answerCases].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(90);
  });

  it.each(badAnswers.map((it) => [it.name, it] as const))('%s', async (_name, given) => {
    current = given;
    bad.seen.length = 0;
    well.seen.length = 0;
    const cut = ['HTTP/1.1 200'];
    expect(await ask(alone)).toEqual(given.isBegun ? cut : [502]);
    expect(bad.seen).toHaveLength(1);
    expect(await ask(falling)).toEqual(given.isBegun ? cut : [200]);
    expect([bad.seen.length, well.seen.length]).toEqual([2, given.isBegun ? 0 : 1]);
  });
});
