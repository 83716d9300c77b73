import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { freePort } from '../../../src/stack/free-ports.ts';

const run = promisify(execFile);
const START_MS = 60_000;
const NODES = ['n1', 'n2'] as const;

/** Why there can be no cluster on this machine; undefined when there can. */
export function slurmMissing(): string | undefined {
  const programs = ['slurmctld', 'slurmd', 'munged', 'sbatch'];
  const absent = programs.filter((it) => spawnSync('which', [it]).status !== 0);
  if (absent.length > 0) return `${absent.join(', ')} not on PATH (Debian: slurm-wlm, munge)`;
  return process.getuid?.() === 0 ? undefined : 'slurmd and munged want to be started by root';
}

/** A controller and two nodes on this machine. */
export interface SlurmCluster {
  /** For `sbatch` and what it starts. */
  env: Record<string, string>;
  stop: () => Promise<void>;
}

export async function startSlurm(): Promise<SlurmCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'kvcache-slurm-'));
  chmodSync(folder, 0o755);
  const children = [await startMunge(folder)];
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const conf = await writeConf(folder);
    const env = { PATH: process.env['PATH']!, SLURM_CONF: conf };
    children.push(spawn('slurmctld', ['-D', '-f', conf], { stdio: 'ignore' }));
    for (const node of NODES) {
      children.push(spawn('slurmd', ['-D', '-f', conf, '-N', node], { stdio: 'ignore' }));
    }
    await untilReady('nodes', async () => {
      const { stdout } = await run('sinfo', ['--noheader', '--format=%T %D'], { env });
      return stdout.trim() === `idle ${NODES.length}`;
    });
    return { env, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** By its own user, with a key of this cluster alone. */
async function startMunge(folder: string): Promise<ChildProcess> {
  const [, , uid, gid] = spawnSync('getent', ['passwd', 'munge']).stdout.toString().split(':');
  const home = join(folder, 'munge');
  mkdirSync(home, { mode: 0o755 });
  chownSync(home, Number(uid), Number(gid));
  const key = join(home, 'key');
  writeFileSync(key, randomBytes(128), { mode: 0o400 });
  chownSync(key, Number(uid), Number(gid));
  const places = [
    `--key-file=${key}`,
    `--socket=${join(home, 'socket')}`,
    `--pid-file=${join(home, 'pid')}`,
    `--log-file=${join(home, 'log')}`,
    `--seed-file=${join(home, 'seed')}`,
  ];
  const child = spawn('munged', ['--foreground', '--force', ...places], {
    uid: Number(uid),
    gid: Number(gid),
    stdio: 'ignore',
  });
  await untilReady('munge', async () => {
    await run('munge', ['--no-input', `--socket=${join(home, 'socket')}`]);
    return true;
  });
  return child;
}

async function writeConf(folder: string): Promise<string> {
  const ports: number[] = [];
  for (let count = 0; count <= NODES.length; count++) ports.push(await freePort());
  const host = hostname();
  const nodes = NODES.map(
    (name, at) =>
      `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[at + 1]} CPUs=2 State=UNKNOWN`,
  );
  const path = join(folder, 'slurm.conf');
  const text = `ClusterName=kvcache
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${join(folder, 'munge/socket')}
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
StateSaveLocation=${join(folder, 'state')}
SlurmdSpoolDir=${join(folder, 'spool-%n')}
SlurmctldPidFile=${join(folder, 'slurmctld.pid')}
SlurmdPidFile=${join(folder, 'slurmd-%n.pid')}
SlurmctldLogFile=${join(folder, 'slurmctld.log')}
SlurmdLogFile=${join(folder, 'slurmd-%n.log')}
${nodes.join('\n')}
PartitionName=all Nodes=${NODES.join(',')} Default=YES MaxTime=INFINITE State=UP
`;
  writeFileSync(path, text);
  mkdirSync(join(folder, 'state'));
  return path;
}

async function untilReady(what: string, isReady: () => Promise<boolean>): Promise<void> {
  const done = await pollUntil(
    async () => ((await isReady().catch(() => false)) ? true : undefined),
    {
      clock: systemClock,
      deadlineMs: START_MS,
    },
  );
  if (done !== true) throw new Error(`Slurm is not ready: ${what}.`);
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
