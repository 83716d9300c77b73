import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { pythonPeer } from '../python.ts';
import { zeromq } from './silent-engines.ts';

/** The program of a router, or why it is not here. */
export type Program = { path: string; missing?: undefined } | { missing: string };

async function fromPython(name: string, version: string): Promise<Program> {
  const peer = await pythonPeer({ name: `${name}-${version}`, packages: [`${name}==${version}`] });
  return peer.missing === undefined ? { path: join(dirname(peer.python), name) } : peer;
}

function fromPath(name: string, versionFlag: string): Program {
  const isThere = spawnSync(name, [versionFlag]).status === 0;
  return isThere ? { path: name } : { missing: `${name} is not on PATH (Debian package: ${name})` };
}

const PROGRAMS = {
  smg: await fromPython('smg', '1.13.0'),
  'vllm-router': await fromPython('vllm-router', '0.1.17'),
  nginx: fromPath('nginx', '-v'),
  haproxy: fromPath('haproxy', '-v'),
} satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

/** Why a router cannot be run here: it or the ZeroMQ of the engines is not there. */
export function whyMissing(name: ProgramName): string | undefined {
  return zeromq.missing ?? PROGRAMS[name].missing;
}

export function pathOf(name: ProgramName): string {
  const program = PROGRAMS[name];
  return program.missing === undefined ? program.path : '';
}

for (const { missing } of [zeromq, ...Object.values(PROGRAMS)]) {
  if (missing !== undefined) console.warn(`skipped: ${missing}`);
}
