import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CommanderError, type Command } from 'commander';
import { splitCommand } from '../../src/stack/argv.ts';
import { buildProgram } from '../../src/cli/shell/program.ts';
import { documents, read } from '../helpers/documents.ts';
import { kvcache, ROOT } from '../helpers/exec.ts';

/** `$ npx kvcache …` lines of a document. */
function commandsOf(file: string): string[] {
  return [...read(file).matchAll(/^\s*\$ npx kvcache (.+?)(?: > \S+)?$/gm)].map(
    ([, line]) => line!,
  );
}

function blocksOf(file: string, language: string): string[] {
  return [...read(file).matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(
    ([, block]) => block!,
  );
}

/** Whether the command line is one that the program takes; its action is not run. */
async function accepts(line: string): Promise<string> {
  const program = await buildProgram('kvcache', () => Promise.resolve());
  const quieten = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    command.commands.forEach(quieten);
  };
  quieten(program);
  try {
    await program.parseAsync(splitCommand(line), { from: 'user' });
    return 'accepted';
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 'accepted';
    return String(error);
  }
}

const commands = [
  ...new Set(documents.filter((it) => !it.startsWith('README')).flatMap(commandsOf)),
];
/** Those that need no deployment and no fixed port. */
const offline = commands.filter((line) =>
  /^(run mock --ports auto|run --list|completion|config schema)/.test(line),
);
const BIN = join(ROOT, 'bin/kvcache.js');
const folder = mkdtempSync(join(tmpdir(), 'kvcache-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('every command of the guides', () => {
  it.each(commands)('is taken: %s', async (line) => {
    expect(await accepts(line)).toBe('accepted');
  });

  it.each(offline)('runs: %s', async (line) => {
    const { code, stdout, stderr } = await kvcache(line.split(' '), { cwd: folder });
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  });

  it('is among those looked at', () => {
    expect(commands.length).toBeGreaterThan(8);
    expect(offline.length).toBeGreaterThan(4);
  });
});

describe('recipes for CI', () => {
  it('are YAML, and name what the action takes', () => {
    const [github, gitlab] = blocksOf('docs/guides/ci.md', 'yaml').map(
      (block) => parse(block) as Record<string, unknown>,
    );
    const action = parse(read('action.yml')) as { inputs: object; runs: { using: string } };
    expect(action.runs.using).toBe('composite');
    const { jobs } = github as { jobs: { routing: { steps: { uses: string; with: object }[] } } };
    const step = jobs.routing.steps.find(({ uses }) => uses === './kvcache');
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step!.with)));
    expect(gitlab).toMatchObject({ routing: { allow_failure: { exit_codes: [4, 5] } } });
  });

  it('name every exit code', () => {
    const codes = [...read('docs/exit-codes.md').matchAll(/^\| (\d+) \|/gm)].map(
      ([, code]) => code,
    );
    const rows = read('docs/guides/ci.md')
      .split('\n')
      .filter((line) => line.startsWith('| '));
    for (const code of codes) {
      expect(rows.some((row) => new RegExp(`\\| .*\\b${code}\\b`).test(row))).toBe(true);
    }
  });
});

describe('the GitHub action', () => {
  function act(args: string, undecided = 'fail') {
    const [summary, output, report] = ['summary.md', 'output', 'report.json'].map((name) =>
      join(folder, `${Math.abs(args.length)}-${undecided}-${name}`),
    ) as [string, string, string];
    const done = spawnSync(process.execPath, [join(ROOT, '.github/action/run.mjs'), BIN], {
      encoding: 'utf8',
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        KVCACHE_COMMAND: 'run',
        KVCACHE_ARGS: args,
        KVCACHE_UNDECIDED: undecided,
        KVCACHE_REPORT: report,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_OUTPUT: output,
      },
    });
    const [text, outputs] = [summary, output].map((file) => readFileSync(file, 'utf8'));
    return { code: done.status, summary: text!, outputs: outputs!, report: readFileSync(report) };
  }

  it('installs the package as it was released, and nothing that builds or tests it', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    const { inputs, runs } = parse(read('action.yml')) as {
      inputs: { package: { default: string } };
      runs: { steps: { run?: string }[] };
    };
    expect(inputs.package.default).toBe(`kvcache@${version}`);
    const [, install] = runs.steps;
    expect(install!.run).toMatch(
      /^npm install .*--omit=dev --ignore-scripts .*"\$KVCACHE_PACKAGE"$/,
    );
    expect(runs.steps.some(({ run = '' }) => /npm (?:ci|run)/.test(run))).toBe(false);
  });

  it('writes the verdict, the checks and the outputs', () => {
    const { code, summary, outputs, report } = act('mock\n--ports\nauto\n');
    expect(code).toBe(0);
    expect(summary).toContain('### ✅ kvcache run: pass, 5 of 5 checks hold');
    expect(outputs).toBe('exit-code=0\noutcome=pass\n');
    expect(JSON.parse(report.toString())).toMatchObject({ outcome: 'pass', exitCode: 0 });
  });

  it('keeps arguments out of every shell, and errors in the summary', () => {
    const { code, summary, outputs } = act('$(touch pwned); | <b>');
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
    expect(summary).toContain('### ❌ kvcache run: error');
    expect(outputs).toContain('exit-code=2');
  });
});
