import { describe, expect, it } from 'vitest';
import { poissonPacer, stagesPacer } from '../../../src/load/pacer.ts';
import { estimateTokens } from '../../../src/load/prompts.ts';
import { requestSource } from '../../../src/load/requests.ts';
import { PlanCut, type WholePlan } from '../../../src/load/shard/plan-cut.ts';
import { partOf } from '../../../src/base/shard.ts';
import { prepareWorkload, type WorkloadSpec } from '../../../src/load/workload.ts';

const SHAPE = { model: 'm', stream: true };

const WORKLOADS: Record<string, WorkloadSpec> = {
  unique: { kind: 'unique', promptTokens: 40 },
  'shared-prefix': { kind: 'shared-prefix', promptTokens: 300, sharedTokens: 256, groups: 3 },
  chat: { kind: 'chat', turnTokens: 20, turns: 3, sessions: 5 },
  mixed: {
    kind: 'mixed',
    parts: [
      { weight: 1, spec: { kind: 'unique', promptTokens: 20 } },
      { weight: 2, spec: { kind: 'chat', turnTokens: 20, turns: 2, sessions: 3 } },
    ],
  },
  fixed: { kind: 'fixed', prompt: 'hi' },
};

interface Sent {
  position: number;
  dueMs: number | undefined;
  body: string;
  session: string | undefined;
}

async function planOf(spec: WorkloadSpec, bounds: Omit<WholePlan, 'next'>): Promise<WholePlan> {
  const { next } = await prepareWorkload(spec, {
    runId: 'run',
    seed: 1,
    tokenize: estimateTokens,
    tokenizer: 'estimate',
  });
  return { next, ...bounds };
}

/** As a run in one process sends it. */
async function whole(spec: WorkloadSpec, bounds: Omit<WholePlan, 'next'>): Promise<Sent[]> {
  const { next, pacer, requests = Infinity, durationMs = Infinity } = await planOf(spec, bounds);
  const source = requestSource(next, SHAPE);
  const sent: Sent[] = [];
  for (let position = 0; position < requests; position++) {
    const dueMs = pacer?.(position);
    if (pacer && (dueMs === undefined || dueMs >= durationMs)) break;
    const request = source()!;
    const body = Buffer.from(request.body).toString();
    sent.push({ position, dueMs, body, session: request.session });
  }
  return sent;
}

async function shardSends(
  spec: WorkloadSpec,
  bounds: Omit<WholePlan, 'next'>,
  shard: { index: number; of: number },
): Promise<{ sent: Sent[]; planned: number | undefined }> {
  const cut = new PlanCut(await planOf(spec, bounds), shard);
  const source = cut.source(SHAPE);
  const sent: Sent[] = [];
  for (;;) {
    const dueMs = bounds.pacer && cut.pacer(sent.length);
    if (bounds.pacer && dueMs === undefined) break;
    const request = source();
    if (request === undefined) break;
    const body = Buffer.from(request.body).toString();
    sent.push({ position: request.position!, dueMs, body, session: request.session });
  }
  return { sent, planned: cut.planned };
}

describe('the shards of a plan', () => {
  const open = { pacer: poissonPacer(50, 7), requests: undefined, durationMs: 2_000 };
  const staged = {
    pacer: stagesPacer([{ durationMs: 2_000, ratePerSecond: 60 }]),
    requests: 50,
    durationMs: undefined,
  };
  const closed = { pacer: undefined, requests: 37, durationMs: undefined };
  const cases = Object.keys(WORKLOADS).flatMap((name) =>
    [open, staged, closed].flatMap((bounds) => [1, 2, 4, 7].map((of) => ({ name, bounds, of }))),
  );

  it.each(cases)('are together the plan of one: $name in $of', async ({ name, bounds, of }) => {
    const spec = WORKLOADS[name]!;
    const parts = await Promise.all(
      Array.from({ length: of }, (_, index) => shardSends(spec, bounds, { index, of })),
    );
    const all = parts.flatMap(({ sent }) => sent).toSorted((a, b) => a.position - b.position);
    const expected = await whole(spec, bounds);
    expect(all).toEqual(expected);
    expect(parts.map(({ planned }) => planned)).toEqual(parts.map(() => expected.length));
  });

  it('keep the turns of a conversation in one of them, and share the conversations', async () => {
    const parts = await Promise.all(
      [0, 1, 2].map((index) => shardSends(WORKLOADS['chat']!, closed, { index, of: 3 })),
    );
    const owners = parts.map(({ sent }) => new Set(sent.map(({ session }) => session)));
    const sessions = new Set(owners.flatMap((it) => [...it]));
    expect(owners.reduce((sum, it) => sum + it.size, 0)).toBe(sessions.size);
    for (const own of owners) expect(own.size).toBeGreaterThan(2);
  });

  it('know when nothing is left for them', async () => {
    const plan = await planOf(WORKLOADS['fixed']!, { ...closed, requests: 3 });
    expect(new PlanCut(plan, { index: 3, of: 4 }).hasAny).toBe(false);
  });

  it('write the texts of their own part only', () => {
    let written = 0;
    const next = () => ({
      group: '',
      get messages() {
        written++;
        return [];
      },
    });
    const cut = new PlanCut({ next, ...closed, requests: 40 }, { index: 1, of: 4 });
    const source = cut.source(SHAPE);
    while (source());
    expect(written).toBe(10);
  });
});

describe('what is divided among shards', () => {
  it('adds up, in parts that differ by one', () => {
    const parts = Array.from({ length: 7 }, (_, index) => partOf(512, { index, of: 7 }));
    expect(parts.reduce((sum, it) => sum + it, 0)).toBe(512);
    expect(Math.max(...parts) - Math.min(...parts)).toBe(1);
  });
});
