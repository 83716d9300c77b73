import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { Finding } from '../../../src/base/outcome.ts';
import { examine } from '../../../src/doctor/doctor.ts';
import { engineTarget } from '../../../src/target/targets.ts';
import { send, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';
import { targetsOf } from '../../helpers/targets.ts';

let fleet: TestFleet | undefined;
afterEach(async () => {
  await fleet?.close();
  fleet = undefined;
});

const ENDPOINTS = ['engine-a', 'engine-b'];

const CONTROLLERS = {
  none: null,
  'legacy 0.3.9': { lmcache: '0.3.9' },
  'legacy newest': {},
  'coordinator 0.5.2': { api: 'coordinator', lmcache: '0.5.2' },
  'coordinator newest': { api: 'coordinator' },
} as const;
type Controller = keyof typeof CONTROLLERS;

/** What the engines’ LMCache calls them. The last as LMCache makes ids up: in the process, then as a server. */
const IDS = {
  right: ENDPOINTS,
  wrong: ['vllm-0', 'vllm-1'],
  'made up': [
    'lmcache_instance_0123456789abcdef0123456789abcdef',
    '1b4e28ba-2fa1-41d2-883f-b9a761bde3fb',
  ],
} as const;
type Ids = keyof typeof IDS;

const NAMES = {
  'is the path': { model: '/models/tiny' },
  'is another': { model: '/models/tiny', servedModelName: 'tiny' },
} as const;
type Names = keyof typeof NAMES;

interface State {
  controller: Controller;
  ids: Ids;
  names: Names;
}

const keysOf = <K extends string>(table: Readonly<Record<K, unknown>>): K[] =>
  Object.keys(table) as K[];

const STATES: readonly State[] = keysOf(CONTROLLERS).flatMap((controller) =>
  keysOf(IDS).flatMap((ids) => keysOf(NAMES).map((names) => ({ controller, ids, names }))),
);

/** Two engines behind endpoints of the usual ids, whatever LMCache calls them. */
async function start({ controller, ids, names }: State): Promise<Parameters<typeof examine>[0]> {
  const engines = IDS[ids].map((id) => ({ id, ...NAMES[names] }));
  fleet = await startTestFleet({ controller: CONTROLLERS[controller], engines });
  const targets = targetsOf({
    engines: fleet.urls.engines.map((url, index) => engineTarget(ENDPOINTS[index]!, url)),
    controllerUrl: fleet.urls.controller || null,
    model: names === 'is another' ? 'tiny' : '/models/tiny',
  });
  return { targets, nonce: 'table', clock: systemClock };
}

type Told = Pick<Finding, 'outcome' | 'actual' | 'evidence' | 'remedy'>;

/** What the doctor says in each state: the checks about the controller, and nothing where there is none. */
function expected({ controller, ids, names }: State): Record<string, Partial<Told>> {
  if (controller === 'none') return {};
  const kind = controller.startsWith('legacy') ? 'legacy' : 'coordinator';
  const naming = namingOf(ids, kind);
  const found = {
    controller: { outcome: 'pass', actual: kind },
    workers: naming,
  } as const;
  if (controller === 'coordinator 0.5.2') {
    const remedy: unknown = expect.stringContaining('LMCache 0.5.3 or newer');
    return { ...found, lookup: { outcome: 'error', remedy: remedy as string } };
  }
  const isRenamed = kind === 'coordinator' && names === 'is another';
  const evidence: unknown = isRenamed
    ? expect.stringContaining('looked up as /models/tiny')
    : expect.not.stringContaining('looked up as');
  return {
    ...found,
    lookup: { outcome: 'pass', evidence: evidence as string },
    'instance-ids': naming,
  };
}

function namingOf(ids: Ids, kind: 'legacy' | 'coordinator'): Partial<Told> {
  if (ids === 'right') return { outcome: 'pass' };
  const setting = kind === 'legacy' ? 'lmcache_instance_id' : '--instance-id';
  const madeUp = ids === 'made up' ? 'LMCache made it up.*' : '';
  const remedy: unknown = expect.stringMatching(new RegExp(`${madeUp}${setting}`));
  return { outcome: 'fail', remedy: remedy as string };
}

/** Of old LMCache nobody can ask who registered. */
const ASKED = ['controller', 'lookup', 'instance-ids'];

describe('the doctor of a deployment with', () => {
  it.each(STATES)('controller $controller, ids $ids, whose served name $names', async (state) => {
    const findings = await examine(await start(state));
    const asked = state.controller === 'legacy 0.3.9' ? ASKED : [...ASKED, 'workers'];
    const about = (table: Readonly<Record<string, unknown>>): Record<string, unknown> =>
      Object.fromEntries(Object.entries(table).filter(([id]) => asked.includes(id)));
    const found = about(Object.fromEntries(findings.map((it) => [it.id, it])));
    const wanted = about(expected(state));
    expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
    expect(found).toMatchObject(wanted);
    // Whatever else is said, the engines themselves are well.
    const others = findings.filter((it) => ![...ASKED, 'workers', 'evict'].includes(it.id));
    expect(others.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    expect(others.length).toBeGreaterThan(8);
  });
});

describe('a coordinator that does not list the prompt', () => {
  const STATE = { controller: 'coordinator newest', ids: 'right', names: 'is another' } as const;
  const KEY = {
    chunk_hash_hex: 'ab'.repeat(32),
    model_name: '/models/other',
    kv_rank: 16_777_472,
  };
  const BATCH = {
    instance_id: 'engine-a',
    incarnation: 4_000_000_000,
    seq: 1,
    event_type: 'store',
    tier: 'l1',
    backend: 'dram',
  };

  async function lookupFinding(
    prepare: (post: (path: string, body: object) => Promise<unknown>) => unknown,
  ): Promise<Finding> {
    const examination = await start(STATE);
    const { controller } = fleet!.urls;
    await send(`${controller}/__mock/index-faults`, { isFrozen: true }, { method: 'PUT' });
    await prepare((path, body) => send(`${controller}${path}`, body));
    const findings = await examine(examination);
    return findings.find(({ id }) => id === 'lookup')!;
  }

  it('has an empty directory: nobody reports', async () => {
    const found = await lookupFinding(() => undefined);
    expect(found).toMatchObject({
      outcome: 'fail',
      actual: 'the coordinator’s directory is empty: nobody reports to it',
      remedy: expect.stringContaining('--coordinator-event-reporting'),
    });
    expect(found.remedy).not.toContain('PYTHONHASHSEED');
  });

  it('knows another model', async () => {
    const found = await lookupFinding((post) =>
      post('/events', { batches: [{ ...BATCH, entries: [{ key: KEY }] }] }),
    );
    expect(found).toMatchObject({
      outcome: 'fail',
      actual: 'looked up as /models/tiny, while the directory has /models/other',
      remedy: expect.stringContaining('x-kvcache.controller.model'),
    });
  });

  it('knows the model, but not the prompt', async () => {
    const key = { ...KEY, model_name: '/models/tiny' };
    const found = await lookupFinding((post) =>
      post('/events', { batches: [{ ...BATCH, entries: [{ key }] }] }),
    );
    expect(found).toMatchObject({
      outcome: 'fail',
      remedy: expect.stringContaining('--chunk-size and --hash-algorithm'),
    });
  });

  it('has it in a shared tier only', async () => {
    let seq = 0;
    const found = await lookupFinding((post) =>
      fleet!.engines[0]!.core.onCacheEvent(({ location, event }) => {
        if (location === 'GPU' || event.type !== 'stored') return;
        void (async () => {
          const named = { model_name: '/models/tiny', token_ids: event.tokens };
          const { json } = (await post('/directory/lookup', named)) as Awaited<
            ReturnType<typeof send>
          >;
          const entries = json.results.map(({ key }: { key: object }) => ({ key }));
          const place = { tier: 'l2', backend: 's3', shared: true, seq: ++seq };
          await post('/events', { batches: [{ ...BATCH, ...place, entries }] });
        })();
      }),
    );
    expect(found).toMatchObject({
      outcome: 'inconclusive',
      actual: expect.stringContaining('in a shared tier'),
    });
  });
});
