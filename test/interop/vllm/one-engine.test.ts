import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kvcache } from '../../helpers/exec.ts';
import type { Json } from '../../helpers/mock-fleet.ts';
import { readContract, writeContract } from './contract.ts';
import { MODEL } from './chat-requests.ts';
import { VLLM_DECLARED } from './declared.ts';
import { compareFacts, factsFrom, type WireFacts } from './facts.ts';
import { startLoneEngine } from './lone-engine.ts';
import { realVllm, VLLM_VERSION } from './peer.ts';
import { VLLM_REQUESTS } from './requests.ts';
import { type RunningVllm, startVllm, VLLM_START_MS } from './start-vllm.ts';
import { tinyModel } from './tiny-model.ts';

/** `KVCACHE_INTEROP_RECORD=1` writes what the real one answers where `npm test` holds the mock to it. */
const isRecording = process.env['KVCACHE_INTEROP_RECORD'] === '1';

/** A busy core takes its time over a few hundred requests. */
const REQUESTS_MS = 900_000;
const PROBING_MS = 600_000;

const python = realVllm.missing === undefined ? realVllm.python : '';

describe.skipIf(realVllm.missing !== undefined)(`vLLM ${VLLM_VERSION}`, () => {
  let engine: RunningVllm | undefined;
  let real: Map<string, WireFacts>;

  beforeAll(async () => {
    const model = await tinyModel(python);
    engine = await startVllm({ python, model, servedName: MODEL });
    real = await factsFrom(engine.url, VLLM_REQUESTS, 1);
    if (isRecording) writeContract(VLLM_VERSION, real);
  }, VLLM_START_MS + REQUESTS_MS);
  afterAll(() => engine?.[Symbol.asyncDispose]());

  it('answers as our mock', async () => {
    const fleet = await startLoneEngine(VLLM_VERSION);
    const mock = await factsFrom(fleet.urls.engines[0]!, VLLM_REQUESTS, 8);
    await fleet.close();
    const { undeclared, idle } = compareFacts({ real, mock }, VLLM_DECLARED);
    expect(undeclared).toEqual([]);
    expect(idle).toEqual([]);
  });

  it('answers as it was recorded', () => {
    const recorded = readContract(VLLM_VERSION);
    expect(compareFacts({ real: recorded, mock: real }, []).undeclared).toEqual([]);
  });

  it(
    'is calibrated: which terms are known, and how far predictions are off',
    async () => {
      const asked = '--rounds 6 --batch 8 --prompt-tokens 3000 --budget 3m --json'.split(' ');
      const { stdout, stderr } = await kvcache(['calibrate', '--engine', engine!.url, ...asked]);
      const found: Json = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      // Whatever it is: no bound is promised for a machine that does other things too.
      console.warn(
        JSON.stringify({ terms: found.terms, errors: found.errors, notes: found.notes }, null, 1),
      );
      expect(stderr).toContain('requests');
      expect(found.engine).toBe(`vLLM ${VLLM_VERSION}`);
      // What others ask of the machine may hide a term; what others ask of the engine would be invalid.
      expect(['pass', 'inconclusive']).toContain(found.outcome);
      const ofFirstTokens = found.errors.find((it: Json) => it.metric === 'ttft');
      expect(ofFirstTokens.requests).toBeGreaterThan(20);
      expect(ofFirstTokens.mape).toBeGreaterThan(0);
    },
    PROBING_MS,
  );
});
