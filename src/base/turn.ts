let queued: (() => void)[] = [];

/**
 * Runs `action` at the end of this turn of the event loop, when every socket that has something to
 * read has been read. Writing from there wakes a peer once for all that is meant for it: on a busy
 * proxy, waking it for each write by itself costs more than everything the proxy does.
 */
export function atEndOfTurn(action: () => void): void {
  if (queued.length === 0) setImmediate(runQueued);
  queued.push(action);
}

function runQueued(): void {
  const actions = queued;
  queued = [];
  let done = 0;
  try {
    while (done < actions.length) actions[done++]!();
  } finally {
    // One that throws must not take the others with it.
    for (const action of actions.slice(done)) atEndOfTurn(action);
  }
}
