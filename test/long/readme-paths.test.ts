import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FleetStack, startFleetStack } from '../../src/stack/fleet-stack.ts';
import { splitCommand } from '../../src/stack/argv.ts';
import { kvcache, ROOT } from '../helpers/exec.ts';
import { CERTIFICATE, startTlsFront, type TlsFront } from '../helpers/tls-front.ts';

/** Every `verify` of the README as it stands there, with mocks for engines, gateway, controller and nginx. */
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^\$ (npx kvcache verify .+)$|`(npx kvcache verify [^`]+)`/gm)]
  .map(([, a, b]) => a ?? b!)
  .map((line) => splitCommand(line).slice(2));

const cwd = mkdtempSync(join(tmpdir(), 'paths-'));
let stack: FleetStack;
let front: TlsFront;

beforeAll(async () => {
  writeFileSync(join(cwd, 'ca.pem'), CERTIFICATE);
  stack = await startFleetStack({ fleet: { engines: [{ count: 2, profile: '8b-h100' }] } });
  front = await startTlsFront(stack.gateway.url, ['authorization', 'Bearer k1']);
}, 60_000);
afterAll(async () => {
  front.close();
  await stack.stop();
});

/** Who stands in for each address of the README. */
function standIn(word: string): string {
  const [a, b] = stack.engines;
  return (
    {
      'http://10.0.0.7:8000': a!.url,
      'http://10.0.0.8:8000': b!.url,
      'http://10.0.0.9:9000': stack.controller.url,
      'http://10.0.0.1:8888': stack.gateway.url,
      'https://llm.example.com': front.url,
    }[word] ?? word
  );
}

interface VerifyDocument {
  outcome: string;
  isPartial: boolean;
  checks: { id: string; outcome: string }[];
}

describe('the paths of the README', () => {
  it('are four, one of them without a deployment', () => {
    expect(commands).toHaveLength(4);
  });

  it.each(commands.map((words) => [words.join(' '), words] as const))(
    '%s',
    async (_, words) => {
      const ids = stack.engines.flatMap(({ id }, index) => [
        `ENGINE_ENDPOINT_${'AB'[index]}_ID`,
        id,
      ]);
      const env = { VLLM_API_KEY: 'k1', [ids[0]!]: ids[1]!, [ids[2]!]: ids[3]! };
      const args = [...words.map(standIn), '--json', '--listen-port', '0', '--prom-port', '0'];
      const done = await kvcache(args, { cwd, env });
      const document = JSON.parse(done.stdout) as VerifyDocument;
      expect(document.isPartial).toBe(false);
      expect(document.checks.filter(({ outcome }) => outcome === 'error')).toEqual([]);
      // A busy machine may spoil a measurement, and then says so; it must not make a wrong one.
      expect(['pass', 'invalid', 'inconclusive']).toContain(document.outcome);
    },
    300_000,
  );
});
