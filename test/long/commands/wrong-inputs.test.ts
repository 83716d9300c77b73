import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callProgram, type Said } from '../../helpers/call-program.ts';
import { configText } from '../../helpers/gateway.ts';
import { startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';
import { sampleLoadReport, sampleRunReport } from '../../report/sample-reports.ts';
import { WRONG_INPUTS } from './wrong-inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-wrong-'));
let fleet: TestFleet;
let web: Server;
let places: Record<string, string>;

beforeAll(async () => {
  writeFiles();
  fleet = await startTestFleet({ engines: [{ id: 'engine-a' }] });
  web = createServer((_, response) => response.writeHead(404).end('<h1>Not found</h1>'));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const port = (web.address() as AddressInfo).port;
  places = {
    DIR: folder,
    URL: fleet.urls.engines[0]!,
    WEB: `http://127.0.0.1:${port}`,
    DEAD: 'http://127.0.0.1:9',
  };
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  web.close();
  await fleet.close();
});

function writeFiles(): void {
  const load = sampleLoadReport();
  const other = { ...load, comparable: { ...load.comparable, concurrency: 8 } };
  const files = {
    'prompts.txt': 'hello\n',
    empty: '',
    bytes: Buffer.from([0xff, 0xfe, 0x00]),
    'broken.json': '{"a":',
    'other.json': '{"schema":"mine/v1"}',
    'broken.yaml': 'a: [1,\n',
    'unlike.yaml': 'titel: x\n',
    'rules.yaml': 'rules: []\n',
    'watch.yaml': 'vllm: [localhost:8000]\n',
    'prompts.jsonl': '{"prompt":"hello"}\n',
    'gateway.yaml': configText({ endpoints: [] }),
    'shared.yaml': configText({
      endpoints: [{ id: 'a', port: 1 }],
      extension: '{shared_memory: {url: http://store}}',
    }),
    'load.json': JSON.stringify(load),
    'other-load.json': JSON.stringify(other),
    'run.json': JSON.stringify(sampleRunReport()),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'folder'));
}

/** What is not refused would measure, or serve for ever. */
function call(line: string): Promise<Said> {
  const words = line.split(' ').filter((it) => it !== '');
  const args = words.map((it) => it.replace(/DIR|URL|WEB|DEAD/, (name) => places[name]!));
  return callProgram(args, folder);
}

// The first of a command loads all of it.
describe('what people type wrongly', { timeout: 60_000 }, () => {
  it.each(WRONG_INPUTS)('%s', async (line, exitCode, code) => {
    const said = await call(line);
    expect([line, said.exitCode, codeIn(said)]).toEqual([line, exitCode, code]);
    expect(said.stderr).not.toMatch(/\n\s+at .*\.[jt]s:\d+:\d+|internal error|undefined|\[object/);
    // Help that a command without its words prints comes before.
    const lines = said.stderr.split('\n');
    const [sentence = '', ...rest] = lines.slice(
      lines.findIndex((it) => it.startsWith('kvcache: ')),
    );
    expect(sentence).toMatch(/^kvcache: [\p{L}\d"-].*[.?!…] \[[A-Z_]+\]$/u);
    expect(rest.filter((it) => it.startsWith('  → '))).toHaveLength(1);
    expect(rest.find((it) => it.startsWith('  → '))).toMatch(/^ {2}→ \S.{8,}/);
    // The system's own words are no sentence.
    expect(sentence).not.toMatch(/\bE[A-Z]{4,}: |syscall|errno/);
  });
});

function codeIn({ stderr }: Said): string {
  return /\[([A-Z_]+)\]$/m.exec(stderr)?.[1] ?? '';
}
