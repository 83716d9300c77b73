import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { read } from '../helpers/documents.ts';
import { kvcache, ROOT } from '../helpers/exec.ts';
import { pythonPeer } from './python.ts';

const PACKAGES = ['kubernetes-validate==1.37.0', 'kubernetes==37.0.2'];
/** The first that keeps the other shards when one fails, and the newest. */
const VERSIONS = ['1.29', '1.37'];

const peer = await pythonPeer({ name: 'kubernetes-37.0.2', packages: PACKAGES });
if (peer.missing !== undefined) console.warn(`skipped: ${peer.missing}`);

const python = peer.missing === undefined ? peer.python : '';

function judge(manifest: string): { kind: string; problems: string[] }[] {
  const script = join(import.meta.dirname, 'peers/kubernetes_manifest.py');
  const { stdout, stderr } = spawnSync(python, [script, ...VERSIONS], {
    input: manifest,
    encoding: 'utf8',
  });
  expect(stderr).not.toContain('Traceback');
  return JSON.parse(stdout) as { kind: string; problems: string[] }[];
}

it.skipIf(peer.missing !== undefined)(
  'the published schemas and the official client take the manifest of a sharded load',
  async () => {
    const flags =
      '--url http://gw:8888 --rate 40 --duration 60s --processes 4 --results-to claim --api-key-env API_KEY';
    const prompt = 'a "b"\n--- \u2028 😀 $(X)';
    const { stdout: manifest } = await kvcache([
      'load',
      '--emit=kubernetes',
      `--prompt=${prompt}`,
      ...flags.split(' '),
    ]);
    const kinds = ['ConfigMap', 'Service', 'Job', 'Job'];
    expect(judge(manifest)).toEqual(kinds.map((kind) => ({ kind, problems: [] })));
    // They would say so.
    const wrong = judge(manifest.replaceAll('completions: 4', 'completions: "four"'));
    expect(wrong[2]!.problems.length).toBeGreaterThan(0);
    const unknown = judge(manifest.replaceAll('backoffLimitPerIndex', 'backoffLimitPerShard'));
    expect(unknown[2]!.problems.length).toBeGreaterThan(0);
  },
);

it.skipIf(peer.missing !== undefined)('they take that of a sharded simulation', async () => {
  const flags =
    '--workload chat --rate 12 --sweep engines=2:4 --policy prefix,oracle --processes 4 --results-to claim';
  const { stdout } = await kvcache(['simulate', '--emit=kubernetes', ...flags.split(' ')]);
  const kinds = ['ConfigMap', 'Job', 'Job'];
  expect(judge(stdout)).toEqual(kinds.map((kind) => ({ kind, problems: [] })));
});

it.skipIf(peer.missing !== undefined)('they take that of a sharded analysis', async () => {
  const flags = 'fixtures/prompts/depot.jsonl --processes 4 --results-to claim';
  const { stdout } = await kvcache(
    ['prompts', 'analyze', '--emit=kubernetes', ...flags.split(' ')],
    { cwd: ROOT },
  );
  const kinds = ['ConfigMap', 'Job', 'Job'];
  expect(judge(stdout)).toEqual(kinds.map((kind) => ({ kind, problems: [] })));
});

it.skipIf(peer.missing !== undefined)('they take that of a watch', () => {
  const documents = read('docs/deploy/watch.kubernetes.yaml').split('\n---\n');
  // Of the operator's own kind neither knows anything.
  const known = documents.filter((it) => !it.includes('kind: ServiceMonitor'));
  expect(documents.length - known.length).toBe(1);
  const kinds = ['ConfigMap', 'Deployment', 'Service'];
  expect(judge(known.join('\n---\n'))).toEqual(kinds.map((kind) => ({ kind, problems: [] })));
  const wrong = judge(known.join('\n---\n').replace('readOnlyRootFilesystem', 'readOnlyRoot'));
  expect(wrong[1]!.problems.length).toBeGreaterThan(0);
});
