import { describe, expect, it } from 'vitest';
import { sample } from '../../load/samples.ts';
import type { Sample } from '../../../src/load/sample.ts';
import {
  countedEngine,
  engineNamed,
  hitTokens,
  scoreSources,
  type Witnessed,
} from '../../../src/verify/evidence/trust.ts';
import { countersOf, enginesOf, HIT_TOKENS } from '../measured.ts';

const ENGINES = enginesOf(2);
const MISS_TOKENS = 16;

/** A repeat through the gateway that one engine counted. */
function seen(
  servedId: string | undefined,
  said: Partial<Sample>,
  changes: Partial<Witnessed> = {},
): Witnessed {
  return {
    sample: sample(said),
    directId: null,
    promptTokens: 1_040,
    isNew: false,
    counted: Object.fromEntries(ENGINES.map(({ id }) => [id, id === servedId ? 1 : 0])),
    hits: 0,
    ...changes,
  };
}

const named = (servedId: string, name: string): Witnessed =>
  seen(servedId, { headerServedBy: name });
const inBody = (servedId: string, name: string): Witnessed =>
  seen(servedId, { servedBy: name, servedBySource: 'body served_by' });
const reported = (cachedTokens: number, hits: number | null, isNew = false): Witnessed =>
  seen('engine-a', { cachedTokens }, { hits, isNew });

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function scoreOf(source: string, all: readonly Witnessed[]) {
  return scoreSources(all, ENGINES, MISS_TOKENS).sources.find((it) => it.source === source);
}

describe('a name in an answer', () => {
  it('is believed while the counters agree, by id, address or host', () => {
    const all = [
      ...times(4, () => named('engine-a', 'engine-a')),
      ...times(4, () => named('engine-b', '127.0.0.1:9002')),
    ];
    expect(scoreOf('header', all)).toEqual({
      source: 'header',
      compared: 8,
      agreed: 8,
      isTrusted: true,
      contradiction: null,
    });
  });

  it('is dropped, with both statements, when the gateway names its hint and sends elsewhere', () => {
    const all = times(16, (index) => named(index % 2 ? 'engine-a' : 'engine-b', 'engine-a'));
    expect(scoreOf('header', all)).toMatchObject({
      agreed: 8,
      isTrusted: false,
      contradiction: "header named engine-a, the counter that moved was engine-b's",
    });
  });

  it('is dropped when the ids of two engines are swapped', () => {
    const all = times(8, (index) =>
      index % 2 ? inBody('engine-a', 'engine-b') : inBody('engine-b', 'engine-a'),
    );
    expect(scoreOf('body', all)).toMatchObject({ compared: 8, agreed: 0, isTrusted: false });
  });

  it('may be a pod’s, learned from the counters', () => {
    const pods = ['vllm-7f9c-x2', 'vllm-7f9c-q8'];
    const all = times(8, (index) => named(ENGINES[index % 2]!.id, pods[index % 2]!));
    const { aliases, sources } = scoreSources(all, ENGINES, MISS_TOKENS);
    expect(aliases).toEqual({ 'vllm-7f9c-x2': 'engine-a', 'vllm-7f9c-q8': 'engine-b' });
    expect(sources[0]).toMatchObject({ agreed: 8, isTrusted: true });
    expect(engineNamed('vllm-7f9c-q8', ENGINES, aliases)).toBe('engine-b');
  });

  it('of a stranger that stands for either engine is no alias', () => {
    const all = times(16, (index) => named(ENGINES[index % 2]!.id, 'the-gateway'));
    expect(scoreOf('header', all)).toMatchObject({ agreed: 8, isTrusted: false });
  });

  it('may contradict once: a stranger’s request between two looks', () => {
    const all = [...times(15, () => named('engine-a', 'engine-a')), named('engine-b', 'engine-a')];
    expect(scoreOf('header', all)).toMatchObject({ agreed: 15, isTrusted: true });
    expect(scoreOf('header', all)!.contradiction).not.toBeNull();
    const twice = [
      ...all.slice(0, 8),
      named('engine-b', 'engine-a'),
      named('engine-b', 'engine-a'),
    ];
    expect(scoreOf('header', twice)).toMatchObject({ agreed: 8, isTrusted: false });
  });

  it('is not scored where no counter or several moved', () => {
    const blind = seen('engine-a', { headerServedBy: 'engine-b' }, { counted: null });
    const both = seen(
      undefined,
      { headerServedBy: 'engine-b' },
      {
        counted: { 'engine-a': 1, 'engine-b': 1 },
      },
    );
    expect(countedEngine(both)).toBeUndefined();
    expect(scoreOf('header', [blind, both])).toBeUndefined();
  });

  it('of a direct or a failed request is no statement of the gateway', () => {
    const direct = { ...named('engine-a', 'engine-b'), directId: 'engine-a' };
    const failed = seen('engine-a', { headerServedBy: 'engine-b', failure: 'reset' });
    expect(scoreOf('header', [direct, failed])).toBeUndefined();
  });
});

describe('names of one host', () => {
  it('are told apart by their ports', () => {
    expect(engineNamed('127.0.0.1:9002', ENGINES)).toBe('engine-b');
    expect(engineNamed('127.0.0.1', ENGINES)).toBeUndefined();
    expect(engineNamed('127.0.0.1', ENGINES.slice(0, 1))).toBe('engine-a');
    expect(engineNamed('engine-z', ENGINES)).toBeUndefined();
  });
});

describe('cached tokens', () => {
  it('are believed while the engines count the same hits', () => {
    const all = [
      ...times(4, () => reported(HIT_TOKENS, HIT_TOKENS)),
      ...times(4, () => reported(0, 0)),
    ];
    expect(scoreOf('cached-tokens', all)).toMatchObject({ agreed: 8, isTrusted: true });
  });

  it('are dropped when a gateway makes them up', () => {
    const all = times(8, (index) => reported(HIT_TOKENS, index % 2 ? HIT_TOKENS : 0));
    expect(scoreOf('cached-tokens', all)).toMatchObject({
      agreed: 4,
      isTrusted: false,
      contradiction: 'usage reported 1024 cached tokens, the engines counted 0',
    });
  });

  it('are dropped when they claim a prompt that nobody has seen, even without counters', () => {
    const all = times(8, () => reported(HIT_TOKENS, null, true));
    expect(scoreOf('cached-tokens', all)).toMatchObject({
      agreed: 0,
      isTrusted: false,
      contradiction:
        'usage reported 1024 cached tokens of a new prompt, the engines counted nothing',
    });
  });

  it('of a new prompt are believed where the engines counted them: an earlier run has sent it', () => {
    const all = times(8, () => reported(HIT_TOKENS, HIT_TOKENS, true));
    expect(scoreOf('cached-tokens', all)).toMatchObject({ agreed: 8, isTrusted: true });
  });

  it('up to the chat template are no claim', () => {
    const all = times(8, () => reported(MISS_TOKENS, 0, true));
    expect(scoreOf('cached-tokens', all)).toMatchObject({ agreed: 8, isTrusted: true });
  });

  it('of a repeat without counters are not scored', () => {
    expect(scoreOf('cached-tokens', [reported(HIT_TOKENS, null)])).toBeUndefined();
  });
});

describe('tokens that engines took from caches', () => {
  it('are unknown unless every engine counts them', () => {
    const both = { 'engine-a': countersOf(1, 512), 'engine-b': countersOf(1, 0) };
    const half = { ...both, 'engine-b': countersOf(1, null) };
    expect(hitTokens({ engines: both, upstream: null }, 2)).toBe(512);
    expect(hitTokens({ engines: half, upstream: null }, 2)).toBeNull();
    expect(
      hitTokens({ engines: { 'engine-a': countersOf(1, 512) }, upstream: null }, 2),
    ).toBeNull();
    expect(hitTokens({ engines: {}, upstream: null }, 0)).toBeNull();
  });

  it('count shared caches, too', () => {
    const shared = { 'engine-a': { ...countersOf(1, 256), externalHits: 512 } };
    expect(hitTokens({ engines: shared, upstream: null }, 1)).toBe(768);
  });
});
