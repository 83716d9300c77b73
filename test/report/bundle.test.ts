import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBundle } from '../../src/report/bundle.ts';
import { readReport } from '../../src/report/rebuild.ts';
import { renderJson } from '../../src/report/formats/json.ts';
import { sampleVerifyReport } from './sample-reports.ts';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-bundles-'));
const logs = mkdtempSync(join(tmpdir(), 'kvcache-bundle-logs-'));
const report = sampleVerifyReport();
const parts = {
  report,
  samples: join(logs, 'samples.ndjson'),
  config: {
    text: 'url: http://user:hunter22@host\napi_key: sk-topsecret\nother: sk-viaenv\n',
    variables: { MY_API_KEY: 'sk-viaenv' },
  },
};

beforeAll(() => writeFileSync(parts.samples, '{"schema":"kvcache.samples/v1"}\n'));
afterAll(() => {
  for (const it of [folder, logs]) rmSync(it, { recursive: true, force: true });
});

/** One tar entry: its header and, of its content, as much as is given. */
function entry(name: string, size: number, content = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(512);
  new Header({ path: name, size, mode: 0o644, type: 'File' }).encode(header);
  return Buffer.concat([header, content, Buffer.alloc(-content.length & 511)]);
}

describe('a bundle', () => {
  it('gives back the report byte for byte and leaves nothing behind', async () => {
    const path = join(folder, 'a.tgz');
    await writeBundle(path, parts, folder);
    expect([...renderJson(await readReport(path))]).toEqual([...renderJson(report)]);
    expect(readdirSync(folder)).toEqual(['a.tgz']);
  });

  it('is the same for the same run', async () => {
    const paths = [join(folder, 'b.tgz'), join(folder, 'c.tgz')];
    for (const path of paths) await writeBundle(path, parts, folder);
    expect(readFileSync(paths[0]!).equals(readFileSync(paths[1]!))).toBe(true);
  });

  it('holds no secret of the config', async () => {
    const path = join(folder, 'd.tgz');
    await writeBundle(path, parts, folder);
    const tar = gunzipSync(readFileSync(path)).toString('latin1');
    expect(tar).toContain('gateway.yaml');
    expect(tar).not.toMatch(/hunter22|topsecret|viaenv/);
  });

  it('that was tampered with is refused', async () => {
    const path = join(folder, 'e.tgz');
    await writeBundle(path, parts, folder);
    const tar = gunzipSync(readFileSync(path));
    const at = tar.indexOf('"outcome":"pass"');
    tar.write('"outcome":"fail"', at);
    writeFileSync(path, gzipSync(tar));
    await expect(readReport(path)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });

  it.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['no archive', () => gzipSync('hello')],
  ])('that is %s is refused', async (name, spoil) => {
    const path = join(folder, `${name}.tgz`);
    await writeBundle(path, parts, folder);
    writeFileSync(path, spoil(readFileSync(path)));
    await expect(readReport(path)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });

  it.each([
    ['claims to hold a report no memory would', [entry('report.json', 2 ** 32)]],
    ['claims more than a bundle may unpack to', [entry('samples.ndjson', 2 ** 31 + 1)]],
    ['holds many files', Array.from({ length: 40 }, (_, at) => entry(`f${at}`, 0))],
  ])('that %s is refused', async (name, entries) => {
    const path = join(folder, `${name}.tgz`);
    writeFileSync(path, gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)])));
    await expect(readReport(path)).rejects.toMatchObject({
      code: 'BUNDLE_INVALID',
      message: expect.stringMatching(/too much|more than 16/) as string,
    });
  });
});
