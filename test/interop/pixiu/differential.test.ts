import { describe, expect, it } from 'vitest';
import { startGateway } from '../../../src/gateway/gateway.ts';
import { loadGatewayConfig } from '../../../src/config/load.ts';
import { type Declared, type Difference, isDeclared } from '../differential/differences.ts';
import { PIXIU_DECLARED } from './declared.ts';
import { type Case, CASES } from './differential-cases.ts';
import { observe } from './observe.ts';
import { PIXIU, startPixiu } from './start-pixiu.ts';

if (PIXIU.missing !== undefined) console.warn(`skipped: ${PIXIU.missing}`);

async function startOurs(text: string): Promise<{ url: string } & AsyncDisposable> {
  const { config } = loadGatewayConfig({ file: 'case.yaml', text });
  const gateway = await startGateway(config);
  return { url: gateway.url, [Symbol.asyncDispose]: () => gateway.close() };
}

async function differences(test: Case): Promise<Difference[]> {
  const real = await observe(test, (text) => startPixiu(text));
  const ours = await observe(test, startOurs);
  const places = new Set([...Object.keys(real), ...Object.keys(ours)]);
  return [...places]
    .filter((at) => real[at] !== ours[at])
    .map((at) => ({ request: test.name, at, real: real[at], mock: ours[at] }));
}

describe.skipIf(PIXIU.missing !== undefined)('the same requests through Pixiu and ours', () => {
  const found: Difference[] = [];

  it.each(CASES.map((test) => [test.name, test] as const))('%s', async (_, test) => {
    const all = await differences(test);
    found.push(...all);
    expect(all.filter((it) => !PIXIU_DECLARED.some((entry) => isDeclared(it, entry)))).toEqual([]);
  });

  it('every declared difference is still there', () => {
    const isGone = (entry: Declared): boolean => !found.some((it) => isDeclared(it, entry));
    expect(PIXIU_DECLARED.filter(isGone)).toEqual([]);
  });
});
