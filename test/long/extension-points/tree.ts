import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecResult, finished, kvcache, ROOT, startKvcache } from '../../helpers/exec.ts';
import type { Json } from '../../helpers/mock-fleet.ts';
import type { ExtensionPoint } from './points.ts';

const COPIED =
  'src mocks bin fixtures test docs package.json tsconfig.json README.md README_zh.md CONTRIBUTING.md';

export interface Server {
  /** Its ready line. */
  ready: Json;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Which part of what belongs to a thing is written. */
export type Part = 'files' | 'rows' | 'names';

/** A copy of the repository, outside of it, that things are added to. */
export class Tree {
  readonly root = mkdtempSync(join(tmpdir(), 'kvcache-extended-'));

  constructor() {
    for (const path of COPIED.split(' ')) {
      cpSync(join(ROOT, path), join(this.root, path), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.root, 'node_modules'));
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** @throws Error when a row finds no place, or several */
  add({ files, rows, names = [] }: ExtensionPoint, ...parts: readonly Part[]): void {
    if (parts.includes('files')) {
      for (const { path, template } of files) this.addFile(path, template);
    }
    const written = [
      ...(parts.includes('rows') ? rows : []),
      ...(parts.includes('names') ? names : []),
    ];
    for (const { path, imports = '', after, row } of written) {
      const text = readFileSync(this.path(path), 'utf8');
      const [before, behind, ...more] = text.split(after);
      if (behind === undefined || more.length > 0) {
        throw new Error(`"${after}" is to be found once in ${path}.`);
      }
      writeFileSync(this.path(path), `${imports}\n${before}${after}\n${row}\n${behind}`);
    }
  }

  addFile(path: string, template: string): void {
    cpSync(join(import.meta.dirname, `${template}.tmpl`), this.path(path));
  }

  tool(name: string, ...args: string[]): Promise<ExecResult> {
    const file = this.path('node_modules/.bin', name);
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' };
    return finished(spawn(file, args, { cwd: this.root, env }));
  }

  /** Unit tests of the copy. */
  unitTests(...files: string[]): Promise<ExecResult> {
    const config = ['--config', 'test/vitest.config.ts', '--project', 'unit'];
    return this.tool('vitest', 'run', ...config, ...files);
  }

  /** The copy's own program, once it is built. */
  kvcache(...args: string[]): Promise<ExecResult> {
    return kvcache(args, { file: this.path('bin/kvcache.js'), cwd: this.root });
  }

  /** Starts a server of the copy's own program and waits for its ready line. */
  async serve(...args: string[]): Promise<Server> {
    const child = startKvcache(args, { file: this.path('bin/kvcache.js'), cwd: this.root });
    const ended = finished(child);
    const failed = ended.then(({ code, stderr }): never => {
      throw new Error(`kvcache ${args.join(' ')} ended with ${code}: ${stderr}`);
    });
    const [line] = (await Promise.race([once(child.stdout!, 'data'), failed])) as [Buffer];
    failed.catch(() => {});
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
    };
    return { ready: JSON.parse(line.toString()), stop, [Symbol.asyncDispose]: stop };
  }

  /** What bash offers once this is typed, by the copy's own completion. */
  async offers(line: string): Promise<string[]> {
    const script = this.path('completion.bash');
    if (!existsSync(script))
      writeFileSync(script, (await this.kvcache('completion', 'bash')).stdout);
    const words = line.split(' ');
    const typed = `source ${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_kvcache_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const bash = spawn('bash', ['--norc', '-c', typed], { cwd: this.root });
    return (await finished(bash)).stdout.trim().split('\n');
  }

  /** The help of a command as one line. */
  async helpOf(...command: string[]): Promise<string> {
    return (await this.kvcache(...command, '--help')).stdout.replaceAll(/\s+/g, ' ');
  }
}
