import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservationLog } from '../../../src/verify/result/observation-log.ts';
import { rebuildVerification } from '../../../src/verify/result/rebuild.ts';
import type { VerifyResult } from '../../../src/verify/result/result.ts';
import { targetsOf } from '../../helpers/targets.ts';
import {
  learning,
  perfect,
  type Rig,
  type RigOptions,
  startRig,
  verifyRig,
} from '../../helpers/verify-rig.ts';

/** Small runs with instant engines: what takes time is judged elsewhere. */
const TIMEOUT_MS = 60_000;

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function judged(
  options: RigOptions,
  flags: Record<string, string> = {},
): Promise<VerifyResult> {
  rig = await startRig(options);
  return verifyRig(rig, flags);
}

function outcomeOf({ checks }: VerifyResult, id: string): string | undefined {
  return checks.find((it) => it.id === id)?.outcome;
}

/** The mocks of these tests run in the generator's own thread, so it is always too busy. */
function reasonsOf({ invalidations }: VerifyResult): string[] {
  return invalidations.map((it) => it.code).filter((code) => code !== 'generator-overload');
}

/** Engines that do not say who they are, reporting cached tokens as their version does. */
function silent(count: number, engine: object, more: object = {}): Partial<RigOptions> {
  const fleet = { engines: [{ count, profile: 'instant', servedBy: false, ...engine }], ...more };
  return { isTalkative: false, fleet };
}

const NOT_REPORTING = { vllm: '0.21', promptTokensDetails: false };
const NO_CONTROLLER = { controller: null };

describe('a gateway that names nobody', () => {
  it(
    'follows a controller: three engines that say nothing of a miss',
    async () => {
      const result = await judged({ choose: perfect, ...silent(3, { vllm: '0.21' }) });
      expect(result.stopReason).toBeNull();
      expect(reasonsOf(result)).toEqual([]);
      expect(result.routing).toMatchObject({ learns: 'index', lookup: { strangers: [] } });
      expect(result.hitRate).toMatchObject({ hits: 16, total: 16, unknown: 0 });
      expect(result.hitRate!.chance).toBeGreaterThanOrEqual(1 / 3);
      expect(outcomeOf(result, 'preferred-hit-rate')).toBe('pass');
      expect(result.cause).toBeNull();
    },
    TIMEOUT_MS,
  );

  it(
    'learns by itself: no controller, no reports, only the engines’ counters',
    async () => {
      const result = await judged({
        choose: learning(),
        ...silent(2, NOT_REPORTING, NO_CONTROLLER),
      });
      expect(result.stopReason).toBeNull();
      expect(reasonsOf(result)).toEqual([]);
      expect(result.routing).toMatchObject({ learns: 'memory', scope: 'prefixes', lookup: null });
      expect(result.hitRate).toMatchObject({ hits: 16, total: 16, unknown: 0, byCounters: 16 });
      expect(outcomeOf(result, 'preferred-hit-rate')).toBe('pass');
      expect(outcomeOf(result, 'lookup')).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});

describe('a gateway alone', () => {
  const alone = async (replicas: number | null, engine: object): Promise<VerifyResult> => {
    rig = await startRig({ choose: learning(), ...silent(2, engine, NO_CONTROLLER) });
    const targets = targetsOf({ replicas, gatewayUrl: rig.gateway.url });
    return verifyRig({ ...rig, engines: [] }, { arms: 'ABCDN' }, { targets });
  };

  it(
    'is judged by what answers report, against chance of its replicas',
    async () => {
      const result = await alone(2, { vllm: '0.25' });
      expect(result.stopReason).toBeNull();
      expect(result.arms.map((it) => it.id)).toEqual(['A', 'C', 'N']);
      expect(result.routing).toMatchObject({ learns: 'memory', scope: 'prefixes' });
      expect(result.hitRate).toMatchObject({ hits: 16, total: 16, chance: 0.5 });
      expect(outcomeOf(result, 'preferred-hit-rate')).toBe('pass');
    },
    TIMEOUT_MS,
  );

  it(
    'is not judged where nobody knows how many engines there are',
    async () => {
      const result = await alone(null, { vllm: '0.25' });
      expect(result.stopReason).toBeNull();
      expect(outcomeOf(result, 'preferred-hit-rate')).toBe('inconclusive');
      expect(outcomeOf(result, 'routing')).toBe('inconclusive');
      expect(JSON.stringify(result.checks)).toContain('--replicas');
    },
    TIMEOUT_MS,
  );

  it(
    'is not judged where engines report nothing',
    async () => {
      const result = await alone(2, NOT_REPORTING);
      expect(result.hitRate).toMatchObject({ hits: 0, unknown: 16, value: null });
      expect(outcomeOf(result, 'preferred-hit-rate')).toBe('inconclusive');
    },
    TIMEOUT_MS,
  );
});

describe('answers that break', () => {
  it(
    'are failures, and no hits',
    async () => {
      let measured = 0;
      const cuts = (body: string): boolean =>
        body.includes('"max_tokens":8') && ++measured % 8 === 0;
      const result = await judged({ choose: perfect, cuts });
      expect(result.arms.find((it) => it.id === 'C')).toMatchObject({ requests: 16, errors: 2 });
      expect(result.hitRate).toMatchObject({ hits: 14, misses: 2, total: 16 });
      expect(outcomeOf(result, 'requests-succeed')).toBe('fail');
      expect(reasonsOf(result)).not.toContain('foreign-traffic');
    },
    TIMEOUT_MS,
  );
});

describe('what goes wrong', () => {
  it(
    'is eviction, when the cache is under pressure',
    async () => {
      const small = { blocks: 200, tier: { chunks: 12 } };
      const fleet = { engines: [{ count: 2, profile: small }] };
      const flags = { requestsPerBlock: '16', prefixTokens: '512' };
      const result = await judged({ choose: perfect, fleet }, flags);
      expect(result.cause?.id).toBe('eviction');
      expect(result.funnel!.worstStage).toBe('held');
    },
    TIMEOUT_MS,
  );

  it(
    'is foreign traffic, when somebody else asks the engines',
    async () => {
      const body = {
        model: 'mock-model',
        max_tokens: 1,
        messages: [{ role: 'user', content: 'somebody else' }],
      };
      const stranger = async (engines: Rig['engines']): Promise<void> => {
        await fetch(`${engines[0]!.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
      };
      const result = await judged({ choose: perfect, afterRequest: stranger });
      expect(result.outcome).toBe('invalid');
      expect(reasonsOf(result)).not.toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('a run that is over', () => {
  it(
    'can be read back from its sample log, and must not be sent again',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'kvcache-verify-log-'));
      try {
        rig = await startRig({ choose: perfect });
        const path = join(folder, 'samples.jsonl');
        let log: ObservationLog | undefined;
        const result = await verifyRig(rig, { arms: 'ACD' }, (setting) => {
          const opened = (log = new ObservationLog(path, setting));
          return {
            record: (sample) => opened.append(sample),
            journal: (ledger, progress) => opened.state(ledger, progress),
          };
        });
        log!.end(0);
        log!.close();
        const { result: rebuilt, exitCode, samples } = await rebuildVerification(path);
        expect(exitCode).toBe(0);
        expect(samples).toHaveLength(result.arms.reduce((sum, it) => sum + it.requests, 0));
        expect(rebuilt).toEqual(result);

        expect(reasonsOf(result)).toEqual([]);
        const again = await verifyRig(rig, { arms: 'AC' });
        expect(reasonsOf(again)).toEqual(['warm-leftovers']);
        expect(again.outcome).toBe('invalid');
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    TIMEOUT_MS,
  );
});
