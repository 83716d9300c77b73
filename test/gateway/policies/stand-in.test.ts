import { describe, expect, it } from 'vitest';
import {
  arrayController,
  chat,
  eventually,
  type Rig,
  type Script,
  rigOf,
  wordEngine,
} from '../../helpers/routing-rig.ts';

const long = 'a prompt long enough to fill blocks of sixteen tokens. '.repeat(10);
const nobody = arrayController({});
const breaker = { failure_threshold: 2, recovery_timeout: '50ms', half_open_max_calls: 1 };
const impatient = {
  circuit_breaker: breaker,
  lookup_routing_timeout: '300ms',
  request_timeout: '300ms',
};

/** Sends, and has the request end where it was steered, or at `elsewhere`. */
async function served(rig: Rig, body: object, elsewhere: string, path?: string) {
  const sent = await rig.send(body, path === undefined ? {} : { path });
  sent.finish({ endpointId: sent.decision.endpointId ?? elsewhere });
  return sent.decision;
}

describe('while no lookup can be made, the prefix index stands in', () => {
  const broken: [string, Script, string[]][] = [
    ['hangs up', () => 'reset', ['lookup-failed', 'breaker-open']],
    ['answers 500', () => ({ status: 500, json: {} }), ['lookup-failed', 'breaker-open']],
    ['never answers', () => 'hang', ['lookup-timeout', 'breaker-open']],
    ['is another server', () => ({ json: { object: 'list' } }), ['wrong-dialect']],
  ];

  it.each(broken)('controller %s', async (_what, script, causes) => {
    const rig = await rigOf({ controller: nobody, kvcache: impatient });
    // Seen while all was well: the index was kept all the same.
    expect((await served(rig, chat(long), 'engine-b')).reason).toBe('no-holder');
    rig.controller.script = script;
    for (let turn = 0; turn < 4; turn++) {
      const decision = await served(rig, chat(`${long} turn ${turn}`), 'engine-a');
      expect(decision).toMatchObject({ reason: 'prefix-hit-degraded', endpointId: 'engine-b' });
      expect(causes).toContain(decision.cause);
    }
    const fresh = await served(rig, chat(`unseen ${long}`), 'engine-a');
    expect(causes).toContain(fresh.reason);
    expect(fresh).toMatchObject({ endpointId: undefined });
    expect(fresh.cause).toBeUndefined();
  });

  it('recovery is seen', async () => {
    const rig = await rigOf({
      controller: () => 'reset',
      kvcache: { circuit_breaker: breaker, retry: { max_attempts: 1 } },
    });
    await served(rig, chat(long), 'engine-a');
    expect((await served(rig, chat(long), 'engine-b')).reason).toBe('prefix-hit-degraded');
    rig.controller.script = arrayController({ 'engine-b': ['LocalCPUBackend', 64] });
    const reasons: string[] = [];
    const isWell = await eventually(() => {
      void rig.send(chat(long)).then(({ decision }) => reasons.push(decision.reason));
      return reasons.at(-1) === 'hit';
    });
    expect(isWell).toBe(true);
  });

  it.each([
    ['failing', () => ({ status: 500, json: {} })],
    ['too slow', () => 'hang'],
  ] as [string, Script][])('tokenizer %s', async (_what, engine) => {
    const extension = { routing: { tokenize_timeout: '300ms' } };
    const rig = await rigOf({ controller: nobody, engine, extension });
    const causes = ['tokenize-failed', 'tokenize-timeout', 'breaker-open'];
    expect(causes).toContain((await served(rig, chat(long), 'engine-b')).reason);
    const decision = await served(rig, chat(`${long}x`), 'engine-a');
    expect(decision).toMatchObject({ reason: 'prefix-hit-degraded', endpointId: 'engine-b' });
    expect(causes).toContain(decision.cause);
  });

  it('not where the controller knows that nobody holds it', async () => {
    const rig = await rigOf({ controller: nobody });
    await served(rig, chat(long), 'engine-b');
    expect((await served(rig, chat(long), 'engine-b')).reason).toBe('no-holder');
  });

  it('is warm after any policy', async () => {
    const rig = await rigOf({
      controller: () => 'reset',
      extension: { routing: { policy: 'round-robin', allow_header_override: true } },
    });
    const first = await served(rig, chat(long), '');
    const asked = await rig.send(chat(long), { headers: { 'x-kvcache-policy': 'lookup' } });
    expect(asked.decision).toMatchObject({
      policy: 'lookup',
      reason: 'prefix-hit-degraded',
      endpointId: first.endpointId,
    });
  });
});

describe('explain', () => {
  const ask = (rig: Rig, body: object) =>
    rig.kvcache.explain({
      body: Buffer.from(JSON.stringify(body)),
      path: '/v1/chat/completions',
      headers: {},
      cluster: rig.cluster,
    });

  it('says why the index stands in, and who is chosen by it', async () => {
    const rig = await rigOf({ controller: () => 'reset' });
    await served(rig, chat(long), 'engine-b');
    const explanation = await ask(rig, chat(long));
    expect(explanation).toMatchObject({
      reason: 'prefix-hit-degraded',
      cause: 'lookup-failed',
      endpointId: 'engine-b',
      parting: null,
    });
    expect(explanation.endpoints.find(({ why }) => why === 'chosen')?.endpointId).toBe('engine-b');
  });

  const tools = [{ type: 'function', function: { name: 'f', description: long } }];
  const system = { role: 'system', content: long };
  const user = { role: 'user', content: long };
  it.each([
    ['the tools', { tools: [{ type: 'function', function: { name: 'g' } }] }, 'tools', [0, 64]],
    [
      'a header that changes',
      { messages: [{ ...system, content: `cch=9f00d; ${long}` }, user] },
      'messages[0]',
      [0, 64],
    ],
    [
      'the last message',
      { messages: [system, { ...user, content: `x ${long}` }] },
      'messages[1]',
      [0, 64],
    ],
  ])('tells the first place that differs: %s', async (_what, more, part, [from, to]) => {
    const rig = await rigOf({ extension: { routing: { policy: 'prefix' } } });
    const body = { model: 'm', tools, messages: [system, user] };
    await served(rig, body, '');
    const { parting } = await ask(rig, { ...body, ...more });
    expect(parting).toMatchObject({ part, unit: 'bytes' });
    expect(parting!.at).toBeGreaterThanOrEqual(from!);
    expect(parting!.at).toBeLessThanOrEqual(to!);
  });
});

describe('tenants', () => {
  const salted = (cache_salt: unknown, more: object = {}) => ({
    ...chat(long),
    cache_salt,
    ...more,
  });
  const prefix = { extension: { routing: { policy: 'prefix' } } };

  it.each([
    ['salts', salted('t1'), salted('t2')],
    ['a salt and none', salted('t1'), chat(long)],
    ['salts that are no text', salted(1), salted(2)],
    ['adapters', { ...chat(long), model: 'lora-1' }, { ...chat(long), model: 'lora-2' }],
    ['adapter paths', { ...chat(long), lora_path: 'a' }, { ...chat(long), lora_path: 'b' }],
  ])('with different %s never share', async (_what, one, other) => {
    const rig = await rigOf(prefix);
    expect((await served(rig, one, '')).reason).toBe('no-holder');
    expect((await served(rig, other, '')).reason).toBe('no-holder');
    expect((await served(rig, one, '')).reason).toBe('prefix-hit');
    expect((await served(rig, other, '')).reason).toBe('prefix-hit');
  });

  it('keep their affinity where the controller knows no salt', async () => {
    const rig = await rigOf();
    expect(await served(rig, salted('t1'), 'engine-a')).toMatchObject({ reason: 'salted' });
    expect(await served(rig, salted('t2'), 'engine-b')).toMatchObject({ reason: 'salted' });
    for (let turn = 0; turn < 3; turn++) {
      for (const [salt, endpointId] of [
        ['t1', 'engine-a'],
        ['t2', 'engine-b'],
      ]) {
        expect(await served(rig, salted(salt), 'engine-a')).toMatchObject({
          reason: 'prefix-hit-degraded',
          cause: 'salted',
          endpointId,
        });
      }
    }
    expect(rig.controller.calls.map(({ path }) => path)).not.toContain('/tokenize');
  });
});

describe('prompts whose tokens only a rendering tells', () => {
  const claude = (system: unknown, text: string) => ({
    model: 'm',
    max_tokens: 5,
    system,
    messages: [{ role: 'user', content: text }],
  });
  const anthropic = '/v1/messages';
  /** Renders as an engine does that takes the system text first. */
  const rendering: Script = ({ path, json }) => {
    if (!path.endsWith('/render')) return { status: 404, json: { detail: 'Not Found' } };
    const words = JSON.stringify([json['system'], json['messages'] ?? json['input']]).split(/\W+/);
    return {
      json: { request_id: 'r', token_ids: words.map((word) => word.length), features: null },
    };
  };

  it.each([
    [anthropic, claude('be brief', 'hi there'), '/v1/messages/render'],
    ['/v1/responses', { input: 'hi', tools: [{ type: 'function' }] }, '/v1/responses/render'],
    [
      '/v1/chat/completions',
      { ...chat('hi'), reasoning_effort: 'low' },
      '/v1/chat/completions/render',
    ],
    ['/v1/chat/completions', { ...chat('hi'), documents: [{}] }, '/v1/chat/completions/render'],
  ])('%s: asks the engine for it', async (path, body, route) => {
    const rig = await rigOf({ engine: rendering });
    const { decision } = await rig.send(body, { path });
    expect(decision).toMatchObject({ reason: 'hit', endpointId: 'engine-b' });
    expect(rig.engine.calls.map((call) => call.path)).toEqual([route]);
  });

  // vLLM answers 403 unless it was started with --enable-scale-out, others have no such route.
  it.each([
    [
      403,
      { error: { message: 'Scale-out endpoints are disabled.', type: 'PermissionDeniedError' } },
    ],
    [404, { detail: 'Not Found' }],
  ])(
    'an engine without it (%i): the index serves, by all the template sees',
    async (status, json) => {
      const rig = await rigOf({ engine: () => ({ status, json }) });
      const one = claude('one system text. '.repeat(30), long);
      const other = claude('another text here. '.repeat(30), long);
      expect(await served(rig, one, 'engine-a', anthropic)).toMatchObject({ reason: 'no-tokens' });
      expect(await served(rig, other, 'engine-b', anthropic)).toMatchObject({
        reason: 'no-tokens',
        endpointId: undefined,
      });
      expect(await served(rig, one, 'engine-b', anthropic)).toMatchObject({
        reason: 'prefix-hit-degraded',
        cause: 'no-tokens',
        endpointId: 'engine-a',
      });
      // All but the probe, which has no tokens.
      const lookups = rig.controller.calls.filter(({ path }) => path === '/lookup');
      expect(lookups.every(({ json }) => (json['tokens'] as []).length === 0)).toBe(true);
      // Asked once and then left alone.
      expect(rig.engine.calls).toHaveLength(1);
    },
  );

  it('never go to /tokenize, which would leave their system text out', async () => {
    const rig = await rigOf({ engine: wordEngine });
    await rig.send(claude('be brief', 'hi there'), { path: anthropic });
    await rig.send({ ...chat('hi there'), system: 'be brief' }, { path: '/api/chat' });
    await rig.send({ model: 'm', prompt: 'hi', system: 'be brief' }, { path: '/api/generate' });
    expect(rig.engine.calls.map((call) => call.path)).not.toContain('/tokenize');
  });
});
