import { asciiJson, type Emission } from './emission.ts';

/**
 * A script for `sbatch`: one task per shard, then the merge, whose exit code is the job's. What anybody
 * wrote stands in single quotes, or as JSON in ASCII in a document that the shell does not read.
 */
export function slurmScript(emission: Emission): string {
  const { id, processes, plan, files, resultsTo, barrierWaitMs } = emission;
  const places = Object.fromEntries(files.map(({ flag, path }) => [flag, path]));
  const runId = 'run-id' in plan ? '' : ' --run-id="${KVCACHE_RUN##*/}"';
  return `#!/bin/bash
#SBATCH --job-name=kvcache-load
#SBATCH --ntasks=${processes}
#SBATCH --cpus-per-task=1
# kvcache load in ${processes} shards:
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

# Task 0 runs on the first node of the job, as this script does: the barrier is there. Jobs on one node differ in their port.
KVCACHE_PORT="$((20000 + SLURM_JOB_ID % 10000))"
export KVCACHE_PORT KVCACHE_BARRIER="http://$(hostname):$KVCACHE_PORT"
srun --kill-on-bad-exit=0 --wait=0 bash -c 'exec kvcache load --config="$KVCACHE_RUN.yaml" \\
  --shard="$SLURM_PROCID/$SLURM_NTASKS" --barrier="$KVCACHE_BARRIER" \\
  --barrier-listen="0.0.0.0:$KVCACHE_PORT" --barrier-wait=${barrierWaitMs}ms${runId} \\
  --samples="$KVCACHE_RUN.$SLURM_PROCID.ndjson" --quiet' || echo "A shard did not pass; the merge says which." >&2
exec kvcache report merge "$KVCACHE_RUN".*.ndjson --out "$KVCACHE_RUN"
`;
}

function keyHint({ apiKeyEnv }: Emission): string {
  return apiKeyEnv === undefined ? '.' : `,\n# and ${apiKeyEnv} in the environment of sbatch.`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
