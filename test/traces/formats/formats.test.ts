import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { FileableCommand } from '../../../src/cli/shell/fileable-command.ts';
import { loadCommand } from '../../../src/cli/load/command.ts';
import { TRACE_FORMATS } from '../../../src/traces/formats/formats.ts';

it('every form of trace is named in the help and in docs/load.md', async () => {
  const command = new FileableCommand();
  loadCommand(command, () => Promise.resolve());
  const help = command.helpInformation();
  const docs = await readFile('docs/load.md', 'utf8');
  for (const { name } of TRACE_FORMATS) {
    expect(help.replace(/\s+/g, ' ')).toContain(name);
    expect(docs).toContain(name);
  }
});
