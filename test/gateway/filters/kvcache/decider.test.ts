import { describe, expect, it } from 'vitest';
import { arrayController, chat, eventually, rigOf } from '../../../helpers/routing-rig.ts';

const long = 'a prompt long enough to fill blocks of sixteen tokens. '.repeat(10);
const ids = ['engine-a', 'engine-b', 'engine-c'];
const policy = (name: string, more: object = {}) => ({
  endpointIds: ids,
  extension: { routing: { policy: name, ...more } },
});

describe('what a prompt may look like', () => {
  it.each([
    ['a text completion', { model: 'm', prompt: 'one two three' }, '/v1/completions', 3],
    ['token ids', { model: 'm', prompt: [5, 6, 7, 8] }, '/v1/completions', 4],
    ['a response', { model: 'm', input: 'one two three' }, '/v1/responses', 3],
    [
      'array contents',
      { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'one two' }] }] },
      '/v1/chat/completions',
      // The stand-in engine counts the words of the content's JSON: type, text, text, one, two.
      5,
    ],
  ])('%s is routed by its tokens', async (_what, body, path, promptTokens) => {
    const rig = await rigOf();
    const { decision } = await rig.send(body, { path });
    expect(decision).toMatchObject({ reason: 'hit', endpointId: 'engine-b', promptTokens });
  });
});

describe('a chat that grows', () => {
  it('is routed by its known beginning without waiting for the tokenizer', async () => {
    const rig = await rigOf({ controller: arrayController({ 'engine-b': ['x', 1_000] }) });
    const messages: { role: string; content: string }[] = [];
    const turn = async (text: string) => {
      messages.push({ role: 'user', content: `${text} ${long}` });
      const sent = await rig.send({ model: 'm', messages });
      messages.push({ role: 'assistant', content: `answer to ${text}` });
      return sent.decision;
    };
    for (const text of ['one', 'two', 'three']) {
      expect(await turn(text)).toMatchObject({ reason: 'hit' });
    }
    // Never answered: what comes next cannot have waited for it.
    rig.engine.script = () => 'hang';
    const decision = await turn('four');
    expect(decision).toMatchObject({ reason: 'partial-hit', endpointId: 'engine-b' });
    // All tokens of the prompt are not known, so nothing is claimed about their number.
    expect(decision.promptTokens).toBeUndefined();
  });
});

describe('thresholds', () => {
  it('leave matches below the minimum to the balancer', async () => {
    const rig = await rigOf({ extension: { routing: { minimum_match_tokens: 5 } } });
    expect((await rig.send(chat('a b c d e f'))).decision).toMatchObject({
      reason: 'below-minimum',
      endpointId: undefined,
    });
  });

  it('move requests away from a holder that is too busy', async () => {
    const rig = await rigOf({ extension: { routing: { load_weight_tokens: 2 } } });
    rig.cluster.byId.get('engine-b')!.inFlight = 10;
    expect((await rig.send(chat('a b c d e f'))).decision).toMatchObject({
      reason: 'overloaded',
      endpointId: 'engine-a',
    });
  });
});

describe('sessions', () => {
  const session = (id: string) => ({ headers: { 'x-session-id': id } });

  it('stay on one endpoint where nothing is known of the prompt', async () => {
    const rig = await rigOf({ endpointIds: ids, controller: arrayController({}) });
    const places = new Map<string, Set<string | undefined>>();
    for (let request = 0; request < 60; request++) {
      const id = `s${request % 12}`;
      const { decision } = await rig.send(chat(`text ${request}`), session(id));
      expect(decision.reason).toBe('session');
      places.set(id, (places.get(id) ?? new Set()).add(decision.endpointId));
    }
    expect([...places.values()].every((set) => set.size === 1)).toBe(true);
    expect(new Set([...places.values()].flatMap((set) => [...set])).size).toBe(3);
  });

  it('yield to a match', async () => {
    const rig = await rigOf();
    for (let id = 0; id < 6; id++) {
      const { decision } = await rig.send(chat('a b c'), session(`s${id}`));
      expect(decision).toMatchObject({ reason: 'hit', endpointId: 'engine-b' });
    }
  });
});

describe('policies', () => {
  it('prefix: sends a prompt where its beginning went, without asking anybody', async () => {
    const rig = await rigOf(policy('prefix'));
    const first = await rig.send(chat(long));
    expect(first.decision).toMatchObject({ policy: 'prefix', reason: 'no-holder' });
    const others = await Promise.all(['x', 'y', 'z'].map((text) => rig.send(chat(text + long))));
    expect(others.every(({ decision }) => decision.reason === 'no-holder')).toBe(true);
    const again = await rig.send(chat(`${long} and more`));
    expect(again.decision).toMatchObject({
      reason: 'prefix-hit',
      endpointId: first.decision.endpointId,
    });
    // All but the template's own tokens of the 100 words that were sent before.
    expect(again.decision.predictedCachedTokens).toBeGreaterThanOrEqual(100);
    expect(rig.engine.calls).toEqual([]);
    expect(rig.controller.calls.map(({ path }) => path)).not.toContain('/lookup');
  });

  it('prefix: predicts in tokens as long as the engine reports them', async () => {
    const rig = await rigOf(policy('prefix'));
    const first = await rig.send(chat(long));
    first.finish({ usage: { promptTokens: 50, completionTokens: 1, cachedTokens: 0 } });
    const { decision } = await rig.send(chat(long));
    expect(decision.reason).toBe('prefix-hit');
    expect(decision.predictedCachedTokens).toBeGreaterThan(40);
    expect(decision.predictedCachedTokens).toBeLessThanOrEqual(50);
  });

  it('prefix: learns where a request really went', async () => {
    const rig = await rigOf(policy('prefix'));
    const first = await rig.send(chat(long));
    const other = ids.find((id) => id !== first.decision.endpointId)!;
    rig.cluster.byId.get(first.decision.endpointId!)!.isHealthy = false;
    first.finish({ endpointId: other });
    expect((await rig.send(chat(long))).decision).toMatchObject({
      reason: 'prefix-hit',
      endpointId: other,
    });
  });

  it('consistent-hash: equal beginnings and equal sessions go to equal places', async () => {
    const rig = await rigOf(policy('consistent-hash'));
    const placeOf = async (text: string, headers = {}) =>
      (await rig.send(chat(text), { headers })).decision.endpointId;
    expect(await placeOf(long.repeat(3))).toBe(await placeOf(`${long.repeat(3)} tail`));
    const places = await Promise.all(
      Array.from({ length: 30 }, (_, index) => placeOf(`${index} ${long}`)),
    );
    expect(new Set(places).size).toBe(3);
    const sticky = { 'x-session-id': 's' };
    expect(await placeOf('a', sticky)).toBe(await placeOf('b', sticky));
  });

  it('random: the same seed draws the same', async () => {
    const draw = async () => {
      const rig = await rigOf(policy('random'));
      const places: (string | undefined)[] = [];
      for (let request = 0; request < 20; request++) {
        places.push((await rig.send(chat('x'))).decision.endpointId);
      }
      return places;
    };
    const places = await draw();
    expect(new Set(places).size).toBe(3);
    expect(await draw()).toEqual(places);
  });

  it('a header chooses another policy only where the config allows it', async () => {
    const header = { headers: { 'x-kvcache-policy': 'round-robin' } };
    const closed = await rigOf();
    expect((await closed.send(chat('a b'), header)).decision.policy).toBe('lookup');
    const open = await rigOf({ extension: { routing: { allow_header_override: true } } });
    expect((await open.send(chat('a b'), header)).decision).toMatchObject({
      policy: 'round-robin',
      reason: 'policy',
    });
    const nonsense = { headers: { 'x-kvcache-policy': 'best' } };
    expect((await open.send(chat('a b'), nonsense)).decision.policy).toBe('lookup');
  });
});

describe('predictions', () => {
  const usage = (promptTokens: number, cachedTokens?: number) => ({
    usage: { promptTokens, completionTokens: 1, cachedTokens },
  });

  it('are compared with what the engine reports, when it does and when they were followed', async () => {
    const rig = await rigOf();
    const send = () => rig.send(chat('one two three four five'));
    (await send()).finish(usage(5, 3));
    (await send()).finish(usage(5));
    (await send()).finish({ ...usage(5, 3), endpointId: 'engine-a' });
    (await send()).finish();
    expect(rig.metric('kvcache_cached_tokens_compared_total')).toBe(1);
    expect(rig.metric('kvcache_predicted_cached_tokens_total')).toBe(4);
    expect(rig.metric('kvcache_actual_cached_tokens_total')).toBe(3);
    expect(rig.metric('kvcache_token_drift_requests_total')).toBe(0);
  });

  it('tell when gateway and engine count prompt tokens differently', async () => {
    const rig = await rigOf();
    (await rig.send(chat('one two three'))).finish(usage(11));
    (await rig.send(chat('one two three'))).finish(usage(3));
    expect(rig.metric('kvcache_token_drift_requests_total')).toBe(1);
    expect(rig.metric('kvcache_token_drift_tokens_total')).toBe(8);
  });
});

describe('explain', () => {
  it('tells tokens, lookup, scores and why not the others, and changes nothing', async () => {
    const controller = arrayController({
      'engine-b': ['cpu', 4],
      'engine-c': ['cpu', 2],
      x: ['cpu', 9],
    });
    const rig = await rigOf({ endpointIds: ids, controller });
    rig.cluster.byId.get('engine-c')!.inFlight = 1;
    const body = Buffer.from(JSON.stringify(chat('one two three four five')));
    const explanation = await rig.kvcache.explain({
      body,
      path: '/v1/chat/completions',
      headers: {},
      cluster: rig.cluster,
    });
    const endpoints = explanation.endpoints.map(({ address: _address, ...rest }) => rest);
    expect({ ...explanation, endpoints }).toMatchInlineSnapshot(`
      {
        "cause": null,
        "dialect": "legacy",
        "endpointId": "engine-b",
        "endpoints": [
          {
            "endpointId": "engine-a",
            "inFlight": 0,
            "isAvailable": true,
            "matchedTokens": 0,
            "score": 0,
            "why": "score 0 is below 4",
          },
          {
            "endpointId": "engine-b",
            "inFlight": 0,
            "isAvailable": true,
            "matchedTokens": 4,
            "score": 4,
            "why": "chosen",
          },
          {
            "endpointId": "engine-c",
            "inFlight": 1,
            "isAvailable": true,
            "matchedTokens": 2,
            "score": -62,
            "why": "score -62 is below 4",
          },
        ],
        "failure": null,
        "lookup": [
          {
            "instanceId": "engine-b",
            "location": "cpu",
            "matchedTokens": 4,
          },
          {
            "instanceId": "engine-c",
            "location": "cpu",
            "matchedTokens": 2,
          },
          {
            "instanceId": "x",
            "location": "cpu",
            "matchedTokens": 9,
          },
        ],
        "parting": null,
        "policy": "lookup",
        "predictedCachedTokens": 4,
        "reason": "hit",
        "shadow": [],
        "tokens": {
          "count": 5,
          "from": "engine",
        },
      }
    `);
    expect(rig.controller.calls.map(({ path }) => path)).toEqual([
      '/healthz',
      '/health',
      '/lookup',
      '/lookup',
    ]);
    expect(rig.engine.calls.map(({ path }) => path)).toEqual(['/tokenize']);
  });

  it('names what failed', async () => {
    const rig = await rigOf();
    await rig.controller.close();
    const explanation = await rig.kvcache.explain({
      body: Buffer.from(JSON.stringify(chat('a b'))),
      path: '/v1/chat/completions',
      headers: {},
      cluster: rig.cluster,
    });
    expect(explanation).toMatchObject({ reason: 'lookup-failed', endpointId: null });
    expect(explanation.failure).toMatch(/Cannot reach the server/);
  });

  it('does not learn from prompts it was only asked about', async () => {
    const rig = await rigOf(policy('prefix'));
    const request = {
      body: Buffer.from(JSON.stringify(chat(long))),
      path: '/v1/chat/completions',
      headers: {},
      cluster: rig.cluster,
    };
    await rig.kvcache.explain(request);
    expect((await rig.kvcache.explain(request)).reason).toBe('no-holder');
    await rig.send(chat(long));
    expect((await rig.kvcache.explain(request)).reason).toBe('prefix-hit');
  });
});

it('counts nothing twice when two filters share a registry', async () => {
  const rig = await rigOf();
  const names = rig.registry.collect().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(await eventually(() => rig.metric('kvcache_token_cache_entries') === 0)).toBe(true);
});
