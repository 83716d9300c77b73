import { expect, it } from 'vitest';
import { VLLM_VERSIONS } from '../../mocks/engine/wire/vllm-version.ts';
import { titleOf } from '../interop/differential/wire-request.ts';
import { readContract } from '../interop/vllm/contract.ts';
import { VLLM_DECLARED } from '../interop/vllm/declared.ts';
import { compareFacts, factsFrom } from '../interop/vllm/facts.ts';
import { startLoneEngine } from '../interop/vllm/lone-engine.ts';
import { VLLM_REQUESTS } from '../interop/vllm/requests.ts';

// `KVCACHE_INTEROP_RECORD=1 npm run interop -- vllm` writes the contract: what a real vLLM of that version answers.
const [newest] = VLLM_VERSIONS;

it('the mock engine answers as a real vLLM was recorded to', async () => {
  const real = readContract(newest!);
  expect([...real.keys()]).toEqual(VLLM_REQUESTS.map(titleOf));
  const fleet = await startLoneEngine(newest!);
  const mock = await factsFrom(fleet.urls.engines[0]!, VLLM_REQUESTS, 8);
  await fleet.close();
  const { undeclared, idle } = compareFacts({ real, mock }, VLLM_DECLARED);
  expect(undeclared).toEqual([]);
  expect(idle).toEqual([]);
  // Seconds on a quiet machine.
}, 60_000);
