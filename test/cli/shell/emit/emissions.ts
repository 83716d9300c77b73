import type { Emission } from '../../../../src/cli/shell/emit/emission.ts';

/** What somebody may write who wants out of the place he writes in, or does not know that there is one. */
export const TORTURE = [
  '"\n---\nkind: Secret\n#',
  "'; touch /tmp/owned; '",
  '$(touch owned) `touch owned` ${HOME} $(JOB_COMPLETION_INDEX)',
  'END_OF_PLAN\nEND_OF_PLAN',
  '!!binary |\n - &a *a {{ .Values }} %YAML',
  'yes',
  '0x10',
  '~',
  '\u0085 \u2028 \u2029 \u007f \u0000 \ufeff \u202e',
  'tab\tquote"back\\slash',
  'Überraschung 提示词 😀',
];

export function emission(changes: Partial<Emission> = {}): Emission {
  return {
    id: 'm1-1',
    command: 'load',
    operand: undefined,
    idFlag: 'run-id',
    result: { flag: 'samples', ending: '.ndjson' },
    processes: 4,
    plan: { url: 'http://gw:8888', rate: 40, duration: '5000ms', 'no-stream': true },
    files: [],
    apiKeyEnv: undefined,
    image: 'registry.example/kvcache:1',
    resultsTo: 'results',
    barrierWaitMs: 300_000,
    ...changes,
  };
}

/** Of parts that all read one file. */
export const ANALYSIS: Partial<Emission> = {
  command: 'prompts analyze',
  plan: { 'show-text': true },
  operand: { path: '/data/traffic.jsonl', text: '{}\n' },
  idFlag: undefined,
  barrierWaitMs: undefined,
  result: { flag: 'out', ending: '.part' },
};

/** Of parts that need not wait for each other. */
export const SIMULATION: Partial<Emission> = {
  command: 'simulate',
  plan: { policy: 'prefix', sweep: 'engines=2:4' },
  idFlag: undefined,
  barrierWaitMs: undefined,
  result: { flag: 'out', ending: '.part' },
};
