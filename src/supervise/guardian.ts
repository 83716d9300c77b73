/**
 * Process entry: `node guardian.js FILE ARG…`. Runs a program that knows nothing of our lifeline, in
 * this process's group, and ends the whole group when the parent vanishes: TERM first, KILL a
 * second later. Exits as the program did; 127 when it could not be started.
 */
import { execa } from 'execa';

const GRACE_MS = 1_000;

// Group signals reach the program directly; the guardian stays to see how it ends.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

const [file = '', ...args] = process.argv.slice(2);
const program = execa(file, args, {
  stdin: 'ignore',
  stdout: 'inherit',
  stderr: 'inherit',
  reject: false,
  // The group is ours to end, in `endGroup`.
  cleanup: false,
});

process.once('disconnect', endGroup);
if (!process.connected) endGroup();

const result = await program;
if (!process.connected) killGroup('SIGKILL');
const neverStarted = result.exitCode === undefined && result.signal === undefined;
if (neverStarted) process.stderr.write(`cannot start ${file}: ${result.originalMessage}\n`);
else if (result.signal !== undefined) process.stderr.write(`${result.shortMessage}\n`);
process.exit(neverStarted ? 127 : (result.exitCode ?? 1));

function endGroup(): void {
  killGroup('SIGTERM');
  setTimeout(() => killGroup('SIGKILL'), GRACE_MS);
}

/** The guardian is started as the leader of its own group, so its pid names the group. */
function killGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
  process.kill(-process.pid, signal);
}
