import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { withOnePrompt } from '../../../src/load/one-prompt.ts';
import { ttftMs } from '../../../src/load/sample.ts';
import { finished, kvcache, startKvcache } from '../../helpers/exec.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

const HIDDEN = {
  base: '8b-h100',
  jitter: { ttftCv: 0, itlCv: 0 },
  tier: null,
  timing: {
    stepMs: 2,
    // So slow that a busy machine does not hide it.
    prefillMsPerToken: 0.2,
    prefillMsPerTokenSquared: 5e-5,
    decodeMsPerRequest: 1,
    decodeMsPerContextToken: 2e-4,
    apiMs: 6,
    postMs: 2,
    outputMsPerToken: 0,
  },
};
const folder = mkdtempSync(join(tmpdir(), 'kvcache-calibrate-'));
const PROFILE = join(folder, 'engine.yaml');
const LOG = join(folder, 'probes.ndjson');
const ASK = '--rounds 4 --batch 4 --prompt-tokens 1200'.split(' ');

async function startEngine(profile: unknown): Promise<TestFleet> {
  return startTestFleet({ controller: null, engines: [{ id: 'engine-a', profile }] });
}

/** Requests that an engine has had. */
async function asked(url: string): Promise<number> {
  return (await send(`${url}/__mock/journal?limit=10000`)).json.entries.length;
}

/** The quickest of five prompts that nobody asked before: what else the machine does only adds to it. */
async function firstTokenMs(url: string, words: number, name: string): Promise<number> {
  const times: number[] = [];
  for (const run of [1, 2, 3, 4, 5]) {
    const prompt = `${name} ${run} `.padEnd(words * 5, 'able ');
    const asked = { url, model: 'mock-model', prompt, stream: true, maxTokens: 1 };
    await withOnePrompt({ ...asked, timeoutMs: 10_000 }, { clock: systemClock }, async (ask) => {
      times.push(ttftMs((await ask()).sample)!);
    });
  }
  return Math.min(...times);
}

describe('kvcache calibrate', () => {
  let hidden: TestFleet;
  let url: string;
  let dry: Json;
  let askedInDryRun: number;
  let askedInAll: number;
  let document: Json;

  beforeAll(async () => {
    hidden = await startEngine(HIDDEN);
    url = hidden.urls.engines[0]!;
    const plan = await kvcache(['calibrate', '--engine', url, ...ASK, '--dry-run', '--json']);
    dry = JSON.parse(plan.stdout);
    askedInDryRun = await asked(url);
    const files = ['--out', PROFILE, '--record', LOG];
    const { stdout, stderr, code } = await kvcache([
      'calibrate',
      '--engine',
      url,
      ...ASK,
      ...files,
      '--json',
    ]);
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}${stdout}`);
    document = JSON.parse(stdout);
    askedInAll = await asked(url);
  });

  afterAll(() => hidden.close());

  it('says what it would cost, and asks nothing for that', () => {
    expect(dry).toMatchObject({ schema: 'kvcache.calibrate-plan/v1', engine: 'vLLM 0.32.0' });
    expect(dry.requests).toBeGreaterThan(100);
    expect(askedInDryRun).toBe(0);
  });

  it('keeps to the plan that it announced', () => {
    // Two more found out how many tokens our words have.
    expect(askedInAll).toBe(dry.requests + 2);
  });

  it('finds the hidden terms, and how far predictions are off', () => {
    expect(document).toMatchObject({ schema: 'kvcache.calibrate/v1', outcome: 'pass' });
    const value = (name: string): number =>
      document.terms.find((it: Json) => it.name === name).value;
    const ratio = (name: keyof typeof HIDDEN.timing): number => value(name) / HIDDEN.timing[name];
    for (const name of ['prefillMsPerToken', 'decodeMsPerRequest'] as const) {
      expect(ratio(name)).toBeGreaterThan(0.8);
      expect(ratio(name)).toBeLessThan(1.25);
    }
    expect(document.terms.find((it: Json) => it.name === 'tierFixedMs').status).toBe('unknown');
    expect(document.errors.map((it: Json) => it.metric)).toContain('itl');
  });

  it('writes a profile with which a mock engine takes as long to its first token', async () => {
    const calibrated = await startEngine(PROFILE);
    try {
      const [was, is] = await Promise.all(
        [url, calibrated.urls.engines[0]!].map(async (it) => ({
          short: await firstTokenMs(it, 100, 'short'),
          long: await firstTokenMs(it, 1_000, 'long'),
        })),
      );
      // What the way takes is in all of them; a mock that has it in its profile has it twice.
      const ratio = (is!.long - is!.short) / (was!.long - was!.short);
      expect(ratio).toBeGreaterThan(0.85);
      expect(ratio).toBeLessThan(1.15);
      expect(Math.abs(is!.long - was!.long)).toBeLessThan(0.25 * was!.long);
    } finally {
      await calibrated.close();
    }
  });

  it('fits the log of its probes to the same', async () => {
    const { stdout } = await kvcache([
      'calibrate',
      '--samples',
      LOG,
      '--json',
      '--max-error',
      '0.01%',
    ]);
    const again = JSON.parse(stdout);
    const stepMs = (of: Json): number => of.terms.find((it: Json) => it.name === 'stepMs').value;
    expect(stepMs(again)).toBeCloseTo(stepMs(document), 6);
    expect(again).toMatchObject({ outcome: 'fail', exitCode: 1, engine: 'vLLM 0.32.0' });
  });

  it('lets no simulation leave what was seen, unless told to', async () => {
    const trace = join(folder, 'trace.jsonl');
    const row = { timestamp: 0, input_length: 9_000, output_length: 4, hash_ids: [] };
    writeFileSync(trace, `${JSON.stringify(row)}\n`);
    const asked = `simulate --trace ${trace} --profile ${PROFILE} --engines 1 --policy round-robin --seeds 1`;
    const refused = await kvcache(asked.split(' '));
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('EXTRAPOLATION_REFUSED'),
    ]);
    const allowed = await kvcache([...asked.split(' '), '--extrapolate']);
    expect([allowed.code, allowed.stdout]).toEqual([
      0,
      expect.stringMatching(/extrapolated .*9,000/),
    ]);
  });

  it('does not believe an engine that others asked meanwhile', async () => {
    const child = startKvcache(['calibrate', '--engine', url, ...ASK, '--budget', '1s', '--json']);
    const done = finished(child);
    const messages = [{ role: 'user', content: 'hello' }];
    while (child.exitCode === null) {
      await send(`${url}/v1/chat/completions`, { model: 'mock-model', messages, max_tokens: 1 });
    }
    const { code, stdout } = await done;
    expect([code, JSON.parse(stdout).outcome]).toEqual([5, 'invalid']);
  });

  it('reports what it has when it is stopped', async () => {
    const before = await asked(url);
    const child = startKvcache(['calibrate', '--engine', url, ...ASK, '--json']);
    const done = finished(child);
    await expect.poll(() => asked(url), { timeout: 30_000 }).toBeGreaterThan(before + 30);
    child.kill('SIGINT');
    const { code, stdout } = await done;
    expect([code, JSON.parse(stdout)]).toMatchObject([130, { isPartial: true, exitCode: 130 }]);
  });

  it.each([
    [[], 'FLAG_INVALID'],
    [['--samples', LOG, '--served-by', 'nobody'], 'SAMPLES_FOREIGN'],
    [['--samples', LOG, '--base', 'no-such'], 'UNKNOWN_PROFILE'],
  ])('refuses %j', async (args, errorCode) => {
    const { code, stderr } = await kvcache(['calibrate', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(errorCode)]);
  });
});
