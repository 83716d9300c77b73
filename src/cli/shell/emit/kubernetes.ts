import { asciiJson, BARRIER_PORT, type Emission, nameOfCommand } from './emission.ts';
import { type Plain, yamlOf } from './yaml.ts';

const PLAN_FOLDER = '/etc/kvcache';
/** Where pods have the claim; a file in it needs not go with the plan. */
export const RESULTS_FOLDER = '/results';
const OPERAND = 'input';
/** Of a pod, from the variable of that name. */
const INDEX = '$(JOB_COMPLETION_INDEX)';
/** Users without rights, as the Containerfile has it. */
const USER = 1_000;

/**
 * A ConfigMap with the plan, an Indexed Job of one pod per shard, a Service by which they find the barrier in pod 0
 * where they wait for each other, and a Job that merges, which waits to be told (`suspend`).
 */
export function kubernetesManifest(emission: Emission): string {
  const { command, id, processes, barrierWaitMs } = emission;
  const name = `kvcache-${nameOfCommand(command)}-${id}`;
  const documents = [
    configMap(name, emission),
    ...(barrierWaitMs === undefined ? [] : [service(name)]),
    job(name, emission),
    mergeJob(name, emission),
  ];
  const head = [
    `# kvcache ${command} in ${processes} shards. Once: names of results, and prompts that are sent, are those of this file.`,
    '#   kubectl apply -f FILE',
    `#   kubectl get --watch job/${name}    until it is Complete or Failed: a shard that did not pass fails`,
    `#   kubectl patch job/${name}-merge --patch '{"spec":{"suspend":false}}'`,
    `#   kubectl logs --follow job/${name}-merge`,
  ];
  return `${head.join('\n')}\n${documents.map((it) => `---${yamlOf(it)}`).join('')}`;
}

function configMap(name: string, { plan, files, operand }: Emission): Plain {
  const places = Object.fromEntries(files.map(({ flag }) => [flag, `${PLAN_FOLDER}/${flag}`]));
  const data = {
    ...Object.fromEntries(files.map(({ flag, text }) => [flag, text])),
    ...(operand?.text !== undefined && { [OPERAND]: operand.text }),
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { 'run.yaml': `${asciiJson({ ...plan, ...places })}\n`, ...data },
  };
}

/** Without an address of its own: it gives the pods names. They need them before they are ready. */
function service(name: string): Plain {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { 'job-name': name },
      ports: [{ name: 'barrier', port: BARRIER_PORT }],
    },
  };
}

function job(name: string, emission: Emission): Plain {
  const { command, processes, id, idFlag, barrierWaitMs, result } = emission;
  const args = [
    ...command.split(' '),
    ...operandArgs(emission),
    `--config=${PLAN_FOLDER}/run.yaml`,
    `--shard=${INDEX}/${processes}`,
    ...(barrierWaitMs === undefined ? [] : barrierArgs(name, barrierWaitMs)),
    ...(idFlag === undefined ? [] : [`--${idFlag}=${id}`]),
    `--${result.flag}=${resultOf(emission, INDEX)}`,
    '--quiet',
  ];
  const spec = { completionMode: 'Indexed', completions: processes, parallelism: processes };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    // A shard that starts again is late, and must not end the others: what it came to the merge says.
    spec: {
      ...spec,
      backoffLimitPerIndex: 0,
      template: podTemplate(emission, {
        args,
        name,
        ...(barrierWaitMs !== undefined && { subdomain: name }),
      }),
    },
  };
}

function operandArgs({ operand }: Emission): string[] {
  if (operand === undefined) return [];
  return [operand.text === undefined ? operand.path : `${PLAN_FOLDER}/${OPERAND}`];
}

function barrierArgs(name: string, waitMs: number): string[] {
  return [
    `--barrier=http://${name}-0.${name}:${BARRIER_PORT}`,
    `--barrier-listen=0.0.0.0:${BARRIER_PORT}`,
    `--barrier-wait=${waitMs}ms`,
  ];
}

function resultOf({ id, result }: Emission, index: number | string): string {
  return `${RESULTS_FOLDER}/${id}.${index}${result.ending}`;
}

function mergeJob(name: string, emission: Emission): Plain {
  const { processes, id } = emission;
  const results = Array.from({ length: processes }, (_, at) => resultOf(emission, at));
  const args = ['report', 'merge', ...results, `--out=${RESULTS_FOLDER}/${id}`];
  const template = podTemplate({ ...emission, apiKeyEnv: undefined }, { args, name });
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `${name}-merge` },
    spec: { suspend: true, backoffLimit: 0, template },
  };
}

interface PodParts {
  args: readonly string[];
  /** Of the ConfigMap. */
  name: string;
  /** Of the Service that names the pod. */
  subdomain?: string;
}

function podTemplate(emission: Emission, { args, name, subdomain }: PodParts): Plain {
  return {
    spec: {
      restartPolicy: 'Never',
      ...(subdomain !== undefined && { subdomain }),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container(emission, args)],
      volumes: [
        { name: 'plan', configMap: { name } },
        { name: 'results', persistentVolumeClaim: { claimName: emission.resultsTo } },
        { name: 'tmp', emptyDir: {} },
      ],
    },
  };
}

function container({ image, apiKeyEnv }: Emission, args: readonly string[]): Plain {
  const annotation = "metadata.annotations['batch.kubernetes.io/job-completion-index']";
  return {
    name: 'kvcache',
    image,
    args,
    env: [
      ...(args[0] === 'report'
        ? []
        : [{ name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: annotation } } }]),
      ...(apiKeyEnv === undefined ? [] : [keyFromSecret(apiKeyEnv)]),
    ],
    resources: { requests: { cpu: '1', memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'plan', mountPath: PLAN_FOLDER, readOnly: true },
      { name: 'results', mountPath: RESULTS_FOLDER },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

/** The key itself is in no file of ours: `kubectl create secret generic kvcache --from-literal=NAME=…`. */
function keyFromSecret(name: string): Plain {
  return { name, valueFrom: { secretKeyRef: { name: 'kvcache', key: name } } };
}
