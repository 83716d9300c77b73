import { type Environment, variable } from '../base/environment.ts';
import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Program } from '../supervise/child.ts';
import type { GatewayChoice } from '../net/gateway-choice.ts';
import { embeddedGatewayProgram } from './programs.ts';
import { stackError } from './errors.ts';

/** How to start a gateway with a config file. */
export interface GatewayProgram {
  /** Names it in messages: "embedded gateway", "pixiu gateway". */
  title: string;
  program: Program;
  cwd: string;
  /** Added to the environment. */
  env: Environment;
  /** How long it may take to answer: `go run` compiles first. */
  startDeadlineMs: number;
  /** Whether it prints our ready line, and so may be given port 0. */
  printsReadyLine: boolean;
}

const START_DEADLINE_MS = 30_000;
const COMPILE_DEADLINE_MS = 300_000;

/**
 * @throws KvcacheError GATEWAY_NOT_FOUND (kind target) naming every way to have one;
 *   GATEWAY_NOT_EXECUTABLE (kind usage)
 */
export async function findGatewayProgram(
  choice: Exclude<GatewayChoice, { kind: 'running' }>,
  configPath: string,
  surroundings: { env: Environment; cwd: string },
): Promise<GatewayProgram> {
  const { env, cwd } = surroundings;
  switch (choice.kind) {
    case 'embedded':
      return {
        title: 'embedded gateway',
        program: embeddedGatewayProgram(configPath),
        cwd,
        env: {},
        startDeadlineMs: START_DEADLINE_MS,
        printsReadyLine: true,
      };
    case 'program':
      if (!(await isExecutable(choice.file)))
        throw stackError('GATEWAY_NOT_EXECUTABLE', { where: choice.file });
      return binary(choice.file, configPath, cwd);
    case 'pixiu': {
      const onPath = await findOnPath('pixiu', env, cwd);
      if (onPath !== undefined) return binary(onPath, configPath, cwd);
      const source = variable(env, 'PIXIU_SOURCE');
      if (source !== undefined) return fromSource(resolve(cwd, source), configPath, surroundings);
      throw notFound();
    }
  }
}

function binary(file: string, configPath: string, cwd: string): GatewayProgram {
  return {
    title: 'pixiu gateway',
    program: { kind: 'foreign', file, args: ['gateway', 'start', '-c', configPath] },
    cwd,
    env: {},
    startDeadlineMs: START_DEADLINE_MS,
    printsReadyLine: false,
  };
}

/** `go run` takes files, not the folder: `cmd/pixiu` of older checkouts is no package of its own. */
async function fromSource(
  source: string,
  configPath: string,
  { env, cwd }: { env: Environment; cwd: string },
): Promise<GatewayProgram> {
  const go = await findOnPath('go', env, cwd);
  const names = await readdir(join(source, 'cmd/pixiu')).catch(() => []);
  const files = names.filter((name) => name.endsWith('.go') && !name.endsWith('_test.go')).sort();
  if (go === undefined) throw notFound('PIXIU_SOURCE is set, but go is not on PATH.');
  if (files.length === 0) throw notFound(`PIXIU_SOURCE has no cmd/pixiu/*.go: ${source}`);
  const goCache = variable(env, 'GO_CACHE_DIR');
  const goModCache = variable(env, 'GO_MOD_CACHE_DIR');
  return {
    ...binary(go, configPath, source),
    program: {
      kind: 'foreign',
      file: go,
      args: [
        'run',
        ...files.map((name) => `./cmd/pixiu/${name}`),
        'gateway',
        'start',
        '-c',
        configPath,
      ],
    },
    env: {
      ...(goCache !== undefined && { GOCACHE: resolve(cwd, goCache) }),
      ...(goModCache !== undefined && { GOMODCACHE: resolve(cwd, goModCache) }),
    },
    startDeadlineMs: COMPILE_DEADLINE_MS,
  };
}

async function findOnPath(
  name: string,
  env: Environment,
  cwd: string,
): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const file = join(isAbsolute(folder) ? folder : resolve(cwd, folder), name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function notFound(reason?: string) {
  return stackError('GATEWAY_NOT_FOUND', {
    details: [reason ?? 'pixiu is not on PATH, and PIXIU_SOURCE is not set.'],
  });
}
