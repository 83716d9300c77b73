import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../helpers/mock-fleet.ts';
import { pythonPeer } from './python.ts';

const VERSION = '0.13.0';
const aiperf = await pythonPeer({ name: `aiperf-${VERSION}`, packages: [`aiperf==${VERSION}`] });
if (aiperf.missing !== undefined) console.warn(`skipped: ${aiperf.missing}`);

const run = promisify(execFile);
const REQUESTS = 24;
const OUTPUT_TOKENS = 16;

/** So much that what a busy machine adds does not matter. */
const API_MS = 500;

describe.skipIf(aiperf.missing !== undefined)(`AIPerf ${VERSION}`, () => {
  const python = aiperf.missing === undefined ? aiperf.python : '';
  let fleet: TestFleet;
  let folder: string;
  let report: Json;
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-aiperf-'));
    const profile = { base: '8b-h100', timing: { apiMs: API_MS } };
    fleet = await startTestFleet({ controller: null, engines: [{ profile }] });
    url = fleet.urls.engines[0]!;
    await run(python, [join(import.meta.dirname, 'peers/tiny_tokenizer.py'), folder]);
    const options = {
      '--model': 'mock-model',
      '--url': url,
      '--tokenizer': folder,
      '--concurrency': '4',
      '--request-count': String(REQUESTS),
      '--shared-system-prompt-length': '400',
      '--isl': '100',
      '--osl': String(OUTPUT_TOKENS),
      '--extra-inputs': 'ignore_eos:true',
      '--random-seed': '1',
      '--ui': 'none',
      '--artifact-dir': folder,
    };
    const flags = ['--streaming', '--use-server-token-count'];
    const program = join(dirname(python), 'aiperf');
    await run(program, ['profile', ...Object.entries(options).flat(), ...flags]);
    report = JSON.parse(readFileSync(join(folder, 'profile_export_aiperf.json'), 'utf8'));
  }, 600_000);

  afterAll(async () => {
    await fleet.close();
    rmSync(folder, { recursive: true });
  });

  /** The sum of a metric's samples at the engine. */
  async function told(name: string): Promise<number> {
    const families = parseMetrics((await send(`${url}/metrics`)).text);
    const samples = families.flatMap((family) => family.samples).filter((it) => it.name === name);
    expect(samples.length).toBeGreaterThan(0);
    return samples.reduce((sum, { value }) => sum + value, 0);
  }

  it('counts the requests and tokens that the mock counted', async () => {
    const { entries } = (await send(`${url}/__mock/journal`)).json;
    expect(entries.map(({ status }: Json) => status)).toEqual(Array(REQUESTS).fill(200));
    expect({
      requests: report.request_count.avg,
      output: report.total_usage_completion_tokens.avg,
      input: report.total_usage_prompt_tokens.avg,
      cached: report.total_usage_prompt_cache_read_tokens.avg,
    }).toEqual({
      requests: await told('vllm:request_success_total'),
      output: await told('vllm:generation_tokens_total'),
      input: await told('vllm:prompt_tokens_total'),
      cached: await told('vllm:prefix_cache_hits_total'),
    });
    expect(report.total_usage_completion_tokens.avg).toBe(REQUESTS * OUTPUT_TOKENS);
    expect(report.total_usage_prompt_cache_read_tokens.avg).toBeGreaterThan(0);
    expect(report.error_summary).toEqual([]);
  });

  it('sees the first tokens when the mock says they came', async () => {
    const sum = await told('vllm:time_to_first_token_seconds_sum');
    const meanMs = (sum / (await told('vllm:time_to_first_token_seconds_count'))) * 1_000;
    expect(report.time_to_first_token.count).toBe(REQUESTS);
    expect(report.time_to_first_token.avg).toBeGreaterThanOrEqual(meanMs);
    expect(report.time_to_first_token.p50).toBeLessThan(meanMs + API_MS);
    expect(report.time_to_first_token.min).toBeGreaterThanOrEqual(API_MS);
  });
});
