import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emitLoad } from '../../../src/cli/load/emit.ts';
import type { LoadFlags } from '../../../src/cli/load/flags.ts';
import type { CliContext } from '../../../src/cli/shell/context.ts';

const FLAGS = {
  url: 'http://gw:8888',
  header: [],
  threshold: [],
  slo: [],
  emit: 'kubernetes',
  processes: 2,
  resultsTo: 'claim',
  image: 'kvcache',
  barrierWait: 300_000,
};

describe('emitting a load', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-emit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function emit(changes: object): Promise<string> {
    let written = '';
    const stdout = { write: (text: string) => void (written += text) };
    const context = { cwd: folder, stdout } as unknown as CliContext;
    await emitLoad({ ...FLAGS, ...changes } as unknown as LoadFlags, 'id', context);
    return written;
  }

  it.each([
    ['a password in the URL', { url: 'http://me:s3cret@gw' }],
    ['a password in the other URL', { tokenizeUrl: 'http://me:s3cret@gw' }],
    ['a header that may be a key', { header: ['x-api-key: s3cret'] }],
    ['no number of processes', { processes: undefined }],
    ['a place for samples here', { samples: 's.ndjson' }],
    ['no claim', { resultsTo: undefined }],
    ['a claim that is no name', { resultsTo: 'a"\nb' }],
    ['a variable that is no name', { apiKeyEnv: 'A B' }],
    ['an image that is no name', { image: 'a b' }],
  ])('refuses %s, and tells no secret', async (_, changes) => {
    const error = (await emit(changes).catch((it: unknown) => it)) as Error;
    expect(error).toMatchObject({ code: 'FLAG_INVALID', kind: 'usage' });
    expect(JSON.stringify([error.message, error])).not.toContain('s3cret');
  });

  it('carries small files, and refuses what no ConfigMap holds', async () => {
    writeFileSync(join(folder, 'small'), 'one prompt\n');
    writeFileSync(join(folder, 'large'), 'x'.repeat(1_000_000));
    expect(await emit({ file: 'small' })).toContain('file: "one prompt\\n"');
    await expect(emit({ file: 'large' })).rejects.toMatchObject({ code: 'FLAG_INVALID' });
    expect(await emit({ file: 'large', emit: 'slurm' })).toContain(join(folder, 'large'));
  });

  it('gives a machine one document', async () => {
    const document = JSON.parse(await emit({ json: true })) as { schema: string; text: string };
    expect(document.schema).toBe('kvcache.load-emit/v1');
    expect(document.text).toContain('kind: "Job"');
  });

  it('lets a Host header pass, by which gateways route', async () => {
    expect(await emit({ header: ['Host: llm.internal'] })).toContain('llm.internal');
  });
});
