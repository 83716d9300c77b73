import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Emission } from '../../../../src/cli/shell/emit/emission.ts';
import { kubernetesManifest } from '../../../../src/cli/shell/emit/kubernetes.ts';
import { ANALYSIS, emission, SIMULATION, TORTURE } from './emissions.ts';

interface Container {
  image: string;
  args: string[];
  env: { name: string; value?: string; valueFrom: Record<string, unknown> }[];
  securityContext: Record<string, unknown>;
}

interface Manifest {
  kind: string;
  metadata: { name: string };
  data: Record<string, string>;
  spec: Record<string, unknown> & {
    template: { spec: Record<string, unknown> & { containers: [Container] } };
  };
}

function manifests(changes: Partial<Emission> = {}): Manifest[] {
  const documents = parseAllDocuments(kubernetesManifest(emission(changes)), { version: '1.1' });
  expect(documents.flatMap((it) => it.errors)).toEqual([]);
  return documents.map((it) => it.toJS() as Manifest);
}

describe('a manifest for Kubernetes', () => {
  const [plan, service, job, merge] = manifests() as [Manifest, Manifest, Manifest, Manifest];

  it('has a plan, a name for the barrier, one pod per shard, and a merge that waits', () => {
    expect([plan, service, job, merge].map((it) => it.kind)).toEqual([
      'ConfigMap',
      'Service',
      'Job',
      'Job',
    ]);
    expect(parse(plan.data['run.yaml']!)).toEqual(emission().plan);
    const { name } = service.metadata;
    expect(job.spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 4,
      parallelism: 4,
      backoffLimitPerIndex: 0,
      template: { spec: { subdomain: name, restartPolicy: 'Never' } },
    });
    expect(service.spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { 'job-name': job.metadata.name },
    });
    expect(merge.spec).toMatchObject({ suspend: true });
  });

  it('gives each pod its part, and the merge what they write', () => {
    const { args, env } = job.spec.template.spec.containers[0];
    expect(args).toContain('--shard=$(JOB_COMPLETION_INDEX)/4');
    expect(args).toContain(`--barrier=http://${job.metadata.name}-0.${job.metadata.name}:7077`);
    expect(args).toContain('--run-id=m1-1');
    expect(env.map((it) => it.name)).toEqual(['JOB_COMPLETION_INDEX']);
    const samples = args.find((it) => it.startsWith('--samples='))!.slice('--samples='.length);
    const written = [0, 1, 2, 3].map((at) => samples.replace('$(JOB_COMPLETION_INDEX)', `${at}`));
    expect(merge.spec.template.spec.containers[0].args.slice(0, 6)).toEqual([
      'report',
      'merge',
      ...written,
    ]);
  });

  it('carries the file that all of them read, or names it', () => {
    const [plan, parts] = manifests(ANALYSIS);
    expect(plan!.data['input']).toBe('{}\n');
    expect(parts!.metadata.name).toBe('kvcache-prompts-analyze-m1-1');
    const argsOf = (it: Manifest | undefined) => it!.spec.template.spec.containers[0].args;
    expect(argsOf(parts).slice(0, 4)).toEqual([
      'prompts',
      'analyze',
      '/etc/kvcache/input',
      '--config=/etc/kvcache/run.yaml',
    ]);
    const [bare, reading] = manifests({ ...ANALYSIS, operand: { path: '/results/a b.jsonl' } });
    expect(Object.keys(bare!.data)).toEqual(['run.yaml']);
    expect(argsOf(reading)[2]).toBe('/results/a b.jsonl');
  });

  it('has no barrier where parts need not wait for each other', () => {
    const [, parts, merging, ...others] = manifests(SIMULATION);
    expect(others).toEqual([]);
    const { subdomain, containers } = parts!.spec.template.spec;
    expect(subdomain).toBeUndefined();
    expect(containers[0].args).toEqual([
      'simulate',
      '--config=/etc/kvcache/run.yaml',
      '--shard=$(JOB_COMPLETION_INDEX)/4',
      '--out=/results/m1-1.$(JOB_COMPLETION_INDEX).part',
      '--quiet',
    ]);
    expect(merging!.spec.template.spec.containers[0].args.slice(2, 4)).toEqual([
      '/results/m1-1.0.part',
      '/results/m1-1.1.part',
    ]);
  });

  it('runs without rights', () => {
    for (const { spec } of [job, merge]) {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(pod.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('takes the key from a Secret, for the load alone', () => {
    const [, , withKey, merging] = manifests({ apiKeyEnv: 'API_KEY' });
    expect(withKey!.spec.template.spec.containers[0].env[1]).toEqual({
      name: 'API_KEY',
      valueFrom: { secretKeyRef: { name: 'kvcache', key: 'API_KEY' } },
    });
    expect(merging!.spec.template.spec.containers[0].env).toEqual([]);
  });

  it.each(TORTURE)('keeps %j in its place', (text) => {
    const changes = {
      plan: { prompt: text, header: [text], 'run-id': text },
      idFlag: undefined,
      files: [{ flag: 'file', path: `/somewhere/${text}`, text }],
    };
    const [odd, ...others] = manifests(changes);
    expect(parse(odd!.data['run.yaml']!)).toEqual({ ...changes.plan, file: '/etc/kvcache/file' });
    expect(odd!.data['file']).toBe(text);
    // Nothing else knows of it.
    const usual = manifests({ plan: { 'run-id': 'x' }, idFlag: undefined });
    expect(others).toEqual(usual.slice(1));
  });
});
