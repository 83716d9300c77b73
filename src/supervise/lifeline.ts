/**
 * Preloaded (`node --import`) into our own child processes: ends the child and everything it started
 * as soon as its parent is gone, even when the parent was killed with SIGKILL and could not tell.
 * The parent's end of the IPC channel closes with it, whatever ended it.
 */
function leave(): void {
  // The child was started as the leader of its own group, so its pid names the group.
  process.kill(-process.pid, 'SIGKILL');
}

process.once('disconnect', leave);
// The parent may be gone before this line runs; then no event comes any more.
if (!process.connected) leave();
