/**
 * Process entry: `node guardian.js FILE ARG…`. Runs a program that knows nothing of our lifeline, in
 * this process's group, and ends the whole group when the parent vanishes: TERM first, KILL a
 * second later. Exits as the program did; 127 when it could not be started.
 */
import { spawn } from 'node:child_process';
import { messageOf } from '../base/errors.ts';

const GRACE_MS = 1_000;

const [file = '', ...args] = process.argv.slice(2);
const program = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });

// Group signals reach the program directly; the guardian stays to see how it ends.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

program.on('error', (error) => {
  process.stderr.write(`cannot start ${file}: ${messageOf(error)}\n`);
  process.exit(127);
});
program.on('exit', (code, signal) => {
  if (!process.connected) killGroup('SIGKILL');
  if (signal !== null) process.stderr.write(`${file} was ended by ${signal}\n`);
  process.exit(code ?? 1);
});

process.once('disconnect', endGroup);
if (!process.connected) endGroup();

function endGroup(): void {
  killGroup('SIGTERM');
  setTimeout(() => killGroup('SIGKILL'), GRACE_MS);
}

/** The guardian is started as the leader of its own group, so its pid names the group. */
function killGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
  process.kill(-process.pid, signal);
}
