import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/base/outcome.ts';
import { createRandom } from '../../../src/base/random.ts';
import { aggregate } from '../../../src/load/aggregate.ts';
import type { Sample } from '../../../src/load/sample.ts';
import { SampleLog } from '../../../src/load/sample-log.ts';
import type { ShardFacts } from '../../../src/load/shard/shard-facts.ts';
import type { LoadEnd, LoadHead } from '../../../src/report/build-load.ts';
import { mergeShards } from '../../../src/report/shards/merge-shards.ts';
import { sample } from '../../load/samples.ts';

const OF = 4;
const TIMEOUT_MS = 1_000;
const EXIT = { pass: 0, fail: 1, error: 3, inconclusive: 4, invalid: 5 } as const;

/** An open loop of 400 requests, some of them failed, as one process would have measured it. */
const whole: Sample[] = (() => {
  const random = createRandom(3);
  return Array.from({ length: 400 }, (_, id) => {
    const intendedMs = id * 10;
    const endMs = intendedMs + Math.round(1_000 * (20 + 80 * random.next())) / 1_000;
    return sample({
      id,
      intendedMs,
      sentMs: intendedMs + 1,
      firstTokenMs: intendedMs + 10,
      lastTokenMs: endMs,
      endMs,
      itlsMs: [1 + Math.round(random.next() * 100) / 10, 2],
      promptTokens: 100,
      outputTokens: 3,
      cachedTokens: random.int(100),
      servedBy: id % 3 === 0 ? 'a' : 'b',
      ...(id % 50 === 7 && { failure: 'http' as const, status: 500, itlsMs: [] }),
    });
  });
})();

/** As a log has them. */
const byEnd = whole.toSorted((a, b) => a.endMs - b.endMs);

interface Changes {
  head?: Partial<LoadHead>;
  facts?: Partial<ShardFacts> | null;
  end?: Partial<LoadEnd> | null;
  samples?: (own: Sample[]) => Sample[];
}

describe('merging the shards of a plan', () => {
  let folder: string;
  let count: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-shards-'));
    count = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function shard(index: number, { head, facts, end, samples = (it) => it }: Changes = {}): string {
    const path = join(folder, `${count++}-${index}.ndjson`);
    const log = new SampleLog(path, { ...HEAD, shard: { index, of: OF }, ...head });
    log.append(sample({ phase: 'warmup', id: index }));
    if (facts !== null) log.note({ shard: { ...FACTS, index, ...facts } });
    const own = samples(byEnd.filter(({ id }) => id % OF === index));
    for (const it of own) log.append(it);
    if (end !== null) log.end({ ...END, ...end });
    log.close();
    return path;
  }

  const mergeAll = (paths: readonly string[]) =>
    mergeShards(
      paths.map((path, at) => ({ path, source: `log-${at}` })),
      (outcome: Outcome) => EXIT[outcome],
    );
  const merge = async (paths: readonly string[]) => (await mergeAll(paths)).report;

  const checkOf = async (paths: readonly string[], id: string) => {
    const { checks, outcome } = await merge(paths);
    return { ...checks.find((it) => it.id === id)!, whole: outcome };
  };

  it('has every figure of the run in one process, to the last digit', async () => {
    const merged = await merge([2, 0, 3, 1].map((index) => shard(index)));
    const { tokens, durationMs, ...figures } = aggregate(byEnd, TIMEOUT_MS);
    expect(merged.result).toMatchObject({
      ...figures,
      measuredMs: durationMs,
      promptTokens: tokens.prompt,
      prefixHitRate: tokens.prefixHitRate,
    });
    expect(merged).toMatchObject({ outcome: 'pass', exitCode: 0, isPartial: false });
    expect(merged.samples).toHaveLength(whole.length);
    expect(merged.result.shards?.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(merged.checks.map((it) => it.id)).toEqual([
      'shards-complete',
      'shards-of-one-plan',
      'shards-together',
      'plan-whole',
      'generator-sound',
    ]);
  });

  it('counts what the shards did', async () => {
    const { found } = await mergeAll([0, 1, 2, 3].map((index) => shard(index)));
    expect(found.phase).toEqual({ ...phase(400), endMs: 4_000 });
    expect(found.failures).toEqual([
      { failure: 'http', count: 8, status: 500, problem: undefined },
    ]);
  });

  it('judges thresholds by the whole, which no shard can', async () => {
    const thresholds = ['requests >= 400', 'rate > 1000'];
    const { checks, exitCode } = await merge(
      [0, 1, 2, 3].map((index) => shard(index, { head: { thresholds } })),
    );
    const outcomes = checks.filter(({ id }) => id.startsWith('threshold')).map((it) => it.outcome);
    expect(outcomes).toEqual(['pass', 'fail']);
    expect(exitCode).toBe(1);
  });

  const OVERLOADED: LoadEnd['checks'] = [
    {
      id: 'generator-sound',
      claim: 'The generator itself did not limit what was measured.',
      outcome: 'invalid',
      expected: '',
      actual: '',
      evidence: 'CPU',
      remedy: '',
    },
  ];
  const stopped = { ...phase(100), ended: 'stopped' } as const;

  it.each<[string, Changes, string, RegExp]>([
    ['was killed', { end: null }, 'shards-complete', /^shard 2\/4 \(log-2\) was killed/],
    ['never came', { facts: null, end: null }, 'shards-complete', /^shard 2\/4 .* never came/],
    [
      'came too late to send anything',
      { end: { phase: undefined, stopReason: 'It was 3 s late.' }, samples: () => [] },
      'shards-complete',
      /^shard 2\/4 \(log-2\) did not begin: It was 3 s late/,
    ],
    ['was stopped alone', { end: { phase: stopped } }, 'shards-complete', /^shard 2\/4 .* stopped/],
    ['lost lines', { samples: (it) => it.slice(1) }, 'plan-whole', /shard 2\/4 \(log-2\) sent 100/],
    [
      'knows another end of the plan',
      { end: { planned: 399 } },
      'plan-whole',
      /do not agree on how long/,
    ],
    [
      'is from another plan',
      { facts: { plan: 'other' }, head: { seed: 2 } },
      'shards-of-one-plan',
      /shard 2\/4 \(log-2\) is from another plan: seed 2, not 1/,
    ],
    [
      'differs by nothing but its prompts',
      { facts: { plan: 'other' } },
      'shards-of-one-plan',
      /prompts or due times differ/,
    ],
  ])('is invalid, by its name, when one %s', async (_, changes, id, evidence) => {
    const paths = [0, 1, 2, 3].map((index) => shard(index, index === 2 ? changes : {}));
    expect(await checkOf(paths, id)).toMatchObject({
      outcome: 'invalid',
      whole: 'invalid',
      evidence: expect.stringMatching(evidence),
    });
  });

  it.each<[string, Changes, RegExp]>([
    ['was late', { end: { beganMs: 350 } }, /^shard 2\/4 \(log-2\) was 350 ms late/],
    ['is of another run', { facts: { startAtMs: 99 } }, /^shard 2\/4 \(log-2\) is of another/],
  ])('is invalid, by its name, when one %s', async (_, changes, actual) => {
    const paths = [0, 1, 2, 3].map((index) => shard(index, index === 2 ? changes : {}));
    expect(await checkOf(paths, 'shards-together')).toMatchObject({
      outcome: 'invalid',
      whole: 'invalid',
      actual: expect.stringMatching(actual),
    });
  });

  it('is invalid when one is missing, or overloaded, by its name', async () => {
    expect(await checkOf([shard(0), shard(1), shard(3)], 'shards-complete')).toMatchObject({
      whole: 'invalid',
      evidence: 'shard 2/4 is missing',
    });
    const overloaded = [0, 1, 2, 3].map((index) =>
      shard(index, index === 1 ? { end: { checks: OVERLOADED } } : {}),
    );
    expect(await checkOf(overloaded, 'generator-sound')).toMatchObject({
      whole: 'invalid',
      claim: expect.stringMatching(/^shard 1\/4 \(log-1\): The generator/),
    });
  });

  it('leaves the samples of a stranger out of every figure', async () => {
    const paths = [0, 1, 2, 3].map((index) =>
      shard(index, index === 2 ? { facts: { plan: 'other' } } : {}),
    );
    expect((await merge(paths)).result.requests).toBe(300);
  });

  it('takes nobody for a shard who is none', async () => {
    const paths = [0, 1, 2].map((index) => shard(index));
    const alone = shard(3, { head: { shard: undefined }, facts: null });
    expect(await checkOf([...paths, alone], 'shards-of-one-plan')).toMatchObject({
      outcome: 'invalid',
      evidence: expect.stringContaining('log-3 is no shard'),
    });
  });

  it('counts no request twice, and refuses the same part twice', async () => {
    const overlapping = shard(1, { samples: (own) => [whole[0]!, ...own.slice(1)] });
    expect(await checkOf([shard(0), overlapping, shard(2), shard(3)], 'plan-whole')).toMatchObject({
      outcome: 'invalid',
      evidence: expect.stringContaining('1 requests were sent twice'),
    });
    const [a, b] = [shard(2), shard(2)];
    await expect(merge([shard(0), shard(1), a, b, shard(3)])).rejects.toMatchObject({
      code: 'MERGE_TWICE',
      message: expect.stringContaining('shard 2/4 (log-2) and shard 2/4 (log-3)'),
    });
  });

  it('is no verdict when all were stopped together', async () => {
    const end = { phase: stopped, isPartial: true, planned: null };
    const merged = await merge([0, 1, 2, 3].map((index) => shard(index, { end })));
    expect(merged).toMatchObject({ outcome: 'inconclusive', isPartial: true });
  });

  it('does not know of clocks that nobody compared, but of one machine', async () => {
    const apart = [0, 1, 2, 3].map((index) =>
      shard(index, { facts: { clock: null, bootId: `boot-${index}` } }),
    );
    expect(await checkOf(apart, 'shards-together')).toMatchObject({ outcome: 'inconclusive' });
    const one = [0, 1, 2, 3].map((index) => shard(index, { facts: { clock: null } }));
    expect(await checkOf(one, 'shards-together')).toMatchObject({ outcome: 'pass' });
    const vague = [0, 1, 2, 3].map((index) =>
      shard(index, { facts: { clock: { offsetMs: 0, boundMs: index === 2 ? 80 : 1 } } }),
    );
    expect(await checkOf(vague, 'shards-together')).toMatchObject({
      outcome: 'inconclusive',
      evidence: expect.stringContaining('shard 2/4 (log-2) is known to 80 ms only'),
    });
  });

  it('finds the shard of a closed loop that was done early', async () => {
    const head = { comparable: { ...HEAD.comparable, rate: null } };
    const paths = [0, 1, 2, 3].map((index) =>
      shard(index, {
        head,
        ...(index === 2 && { end: { phase: { ...phase(100), endMs: 2_000 } } }),
      }),
    );
    expect(await checkOf(paths, 'shards-together')).toMatchObject({
      outcome: 'invalid',
      actual: 'shard 2/4 (log-2) was done after 50 % of the time',
    });
  });

  it.each<[string, Changes]>([
    ['header', { head: { timeoutMs: undefined as never } }],
    ['header', { head: { shard: { index: 5, of: 4 } } }],
    ['header', { head: { thresholds: [1 as never] } }],
    ['note', { facts: { index: -1 } }],
    ['note', { facts: { plan: null as never } }],
    ['note', { facts: { startAtMs: 1e300 } }],
    ['note', { facts: { clock: {} as never } }],
    ['end', { end: { checks: [{}] as never } }],
    ['end', { end: { phase: {} as never } }],
    ['end', { end: { audit: null as never } }],
    ['end', { end: { planned: '400' as never } }],
  ])('refuses a log whose %s nobody wrote', async (what, changes) => {
    const paths = [0, 1, 2, 3].map((index) => shard(index, index === 2 ? changes : {}));
    await expect(merge(paths)).rejects.toMatchObject({
      code: 'SAMPLES_INVALID',
      message: expect.stringContaining(what),
    });
  });

  it('reads the log of a process that died in the middle of a line', async () => {
    const torn = shard(2, { end: null });
    writeFileSync(torn, readFileSync(torn, 'utf8').slice(0, -20));
    const merged = await merge([shard(0), shard(1), torn, shard(3)]);
    expect(merged).toMatchObject({ outcome: 'invalid', result: { requests: 399 } });
  });
});

function phase(started: number): NonNullable<LoadEnd['phase']> {
  const counts = { scheduled: started, started, unsent: 0, finished: started, failed: 0 };
  return { ended: 'complete', startMs: 0, endMs: 4_000, ...counts };
}

const HEAD: LoadHead = {
  version: '1',
  runId: 'run',
  seed: 1,
  target: 'http://x/v1/chat/completions',
  model: 'm',
  timeoutMs: TIMEOUT_MS,
  startedAt: '2026-01-02T03:04:05.000Z',
  comparable: { rate: 100 },
  thresholds: [],
};

const FACTS: ShardFacts = {
  index: 0,
  of: OF,
  plan: 'plan',
  startAtMs: 1_767_323_045_000,
  clock: { offsetMs: 0.1, boundMs: 0.2 },
  bootId: 'boot',
};

const END: LoadEnd = {
  outcome: 'pass',
  exitCode: 0,
  isPartial: false,
  stopReason: null,
  checks: [
    {
      id: 'generator-sound',
      claim: 'The generator itself did not limit what was measured.',
      outcome: 'pass',
      expected: '',
      actual: '',
      evidence: '',
      remedy: '',
    },
  ],
  prompts: 'unique',
  audit: [],
  phase: phase(100),
  beganMs: 1,
  planned: 400,
};
