import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kvcache } from '../../helpers/exec.ts';
import type { Json } from '../../helpers/mock-fleet.ts';
import { MODEL } from './chat-requests.ts';
import { realVllm, VLLM_VERSION } from './peer.ts';
import { type RunningVllm, startVllm, VLLM_START_MS } from './start-vllm.ts';
import { tinyModel } from './tiny-model.ts';

const PROBING_MS = 900_000;
const python = realVllm.missing === undefined ? realVllm.python : '';

describe.skipIf(realVllm.missing !== undefined)(`a calibration of vLLM ${VLLM_VERSION}`, () => {
  let engine: RunningVllm | undefined;

  beforeAll(async () => {
    engine = await startVllm({ python, model: await tinyModel(python), servedName: MODEL });
  }, VLLM_START_MS);
  afterAll(() => engine?.[Symbol.asyncDispose]());

  it(
    'says which terms it knows, and how far predictions are off',
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
