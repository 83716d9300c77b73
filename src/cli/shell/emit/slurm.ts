import { asciiJson, type Emission, nameOfCommand } from './emission.ts';

/**
 * A script for `sbatch`: one task per shard, then the merge, whose exit code is the job's. What anybody
 * wrote stands in single quotes, or as JSON in ASCII in a document that the shell does not read.
 */
export function slurmScript(emission: Emission): string {
  const { id, command, operand, processes, plan, files, resultsTo, result } = emission;
  const input = operand === undefined ? '' : ' "$KVCACHE_INPUT"';
  const places = Object.fromEntries(files.map(({ flag, path }) => [flag, path]));
  const lines = [
    `exec kvcache ${command}${input} --config="$KVCACHE_RUN.yaml"`,
    `--shard="$SLURM_PROCID/$SLURM_NTASKS"${together(emission)}`,
    `--${result.flag}="$KVCACHE_RUN.$SLURM_PROCID${result.ending}" --quiet`,
  ];
  return `#!/bin/bash
#SBATCH --job-name=kvcache-${nameOfCommand(command)}
#SBATCH --ntasks=${processes}
#SBATCH --cpus-per-task=1
# kvcache ${command} in ${processes} shards:
#   sbatch FILE
# sbatch --ntasks=N cuts the same plan in N. kvcache must be in PATH on every node${keyHint(emission)}
set -eu
umask 077
results=${shellQuoted(resultsTo)}
mkdir -p -- "$results"
export KVCACHE_RUN="$results/${id}-$SLURM_JOB_ID"
cat > "$KVCACHE_RUN.yaml" <<'END_OF_PLAN'
${asciiJson({ ...plan, ...places })}
END_OF_PLAN
${barrier(emission)}${operand === undefined ? '' : `export KVCACHE_INPUT=${shellQuoted(operand.path)}\n`}
srun --kill-on-bad-exit=0 --wait=0 bash -c '${lines.join(' \\\n  ')}' || echo "A shard did not pass; the merge says which." >&2
exec kvcache report merge "$KVCACHE_RUN".*${result.ending} --out "$KVCACHE_RUN"
`;
}

/** Where parts wait for each other. */
function barrier({ barrierWaitMs }: Emission): string {
  if (barrierWaitMs === undefined) return '';
  return `
# Task 0 runs on the first node of the job, as this script does: the barrier is there. Jobs on one node differ in their port.
KVCACHE_PORT="$((20000 + SLURM_JOB_ID % 10000))"
export KVCACHE_PORT KVCACHE_BARRIER="http://$(hostname):$KVCACHE_PORT"`;
}

/** How each part finds the others, and knows that they are of one run. */
function together({ barrierWaitMs, idFlag }: Emission): string {
  const atBarrier = ` --barrier="$KVCACHE_BARRIER" \\
  --barrier-listen="0.0.0.0:$KVCACHE_PORT" --barrier-wait=${barrierWaitMs}ms`;
  const asOne = ` --${idFlag}="\${KVCACHE_RUN##*/}"`;
  return `${barrierWaitMs === undefined ? '' : atBarrier}${idFlag === undefined ? '' : asOne}`;
}

function keyHint({ apiKeyEnv }: Emission): string {
  return apiKeyEnv === undefined ? '.' : `,\n# and ${apiKeyEnv} in the environment of sbatch.`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
