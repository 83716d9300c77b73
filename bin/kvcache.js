#!/usr/bin/env node
// Without a build, or without a file handle left, there is nothing yet that could say so.
import('../dist/src/cli/shell/main.js').catch(({ message }) => {
  process.stderr.write(`kvcache: cannot start: ${message}\n`);
  process.exitCode = 2;
});
