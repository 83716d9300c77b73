import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../src/stack/argv.ts';

describe('splitCommand', () => {
  it.each([
    ['gw --port 1', ['gw', '--port', '1']],
    ['  gw\t--port\n1  ', ['gw', '--port', '1']],
    ['gw \'{a: b}\' "c d"', ['gw', '{a: b}', 'c d']],
    ['gw --name="my gateway"', ['gw', '--name=my gateway']],
    ["gw a\\ b 'it'\\''s'", ['gw', 'a b', "it's"]],
    ['gw "say \\"hi\\" \\n"', ['gw', 'say "hi" \\n']],
    ["gw ''", ['gw', '']],
    ['gw $HOME *.yaml; rm -rf x', ['gw', '$HOME', '*.yaml;', 'rm', '-rf', 'x']],
    ['', []],
  ])('%j', (text, words) => {
    expect(splitCommand(text)).toEqual(words);
  });

  it.each(["gw 'open", 'gw "open', 'gw end\\'])('refuses %j', (text) => {
    expect(() => splitCommand(text)).toThrow(/has no end: /);
  });
});
