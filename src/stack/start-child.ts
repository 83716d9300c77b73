import { type Environment, variable } from '../base/environment.ts';
import { join } from 'node:path';
import { pollUntil } from '../base/poll.ts';
import { readOrigin } from '../base/origin.ts';
import type { KvcacheError } from '../base/errors.ts';
import type { Child, ChildSpec, Program } from '../supervise/child.ts';
import { lastLines, readyLine } from '../supervise/child-log.ts';
import type { ChildGroup } from '../supervise/group.ts';
import { netError } from '../net/errors.ts';
import type { Surroundings } from './options.ts';

/** Where the children of one stack live and what they inherit. */
export interface ChildSetting {
  group: ChildGroup;
  workDir: string;
  surroundings: Surroundings;
}

export interface ChildRequest {
  title: string;
  logName: string;
  program: Program;
  cwd: string;
  env?: Environment;
  graceMs: number;
}

/** A child that said where it listens. */
export interface ReadyChild {
  child: Child;
  url: string;
  metricsUrl: string | null;
  adminUrl: string | null;
  id: string | undefined;
}

export function childSpec(
  request: ChildRequest,
  { workDir, surroundings }: ChildSetting,
): ChildSpec {
  return {
    role: request.title,
    program: request.program,
    cwd: request.cwd,
    env: { ...surroundings.env, ...withoutProxy(surroundings.env), ...request.env },
    logPath: join(workDir, `${request.logName}.log`),
    graceMs: request.graceMs,
  };
}

/**
 * Waits for the ready line of one of our own programs.
 * @throws KvcacheError NOT_READY (kind target) with the last log lines; CHILD_DIED when it ended instead
 */
export async function sayingReady(
  child: Child,
  deadlineMs: number,
  { group, surroundings: { clock } }: ChildSetting,
): Promise<Readonly<Record<string, unknown>>> {
  const line = await pollUntil(() => readyLine(child.logPath), {
    clock,
    deadlineMs,
    maxIntervalMs: 10,
    signal: group.signal,
  });
  if (line === undefined) throw await notReady(child, deadlineMs);
  return line;
}

/**
 * Waits until a server of our own says where it listens.
 * @throws KvcacheError as `sayingReady`
 */
export async function whenReady(
  child: Child,
  deadlineMs: number,
  setting: ChildSetting,
): Promise<ReadyChild> {
  const line = await sayingReady(child, deadlineMs, setting);
  const url = urlOrNull(line['url']);
  if (url === null) throw await notReady(child, deadlineMs);
  return {
    child,
    url,
    metricsUrl: urlOrNull(line['metricsUrl']),
    adminUrl: urlOrNull(line['adminUrl']),
    id: typeof line['id'] === 'string' ? line['id'] : undefined,
  };
}

/** Loopback must not go through a proxy the user has set for the world. */
function withoutProxy(env: Environment): Environment {
  const list = variable(env, 'NO_PROXY') ?? variable(env, 'no_proxy') ?? '127.0.0.1,localhost';
  return {
    NO_PROXY: variable(env, 'NO_PROXY') ?? list,
    no_proxy: variable(env, 'no_proxy') ?? list,
  };
}

function urlOrNull(value: unknown): string | null {
  return typeof value === 'string' && readOrigin(value) ? value : null;
}

async function notReady(child: Child, deadlineMs: number): Promise<KvcacheError> {
  return netError('NOT_READY', {
    message: `The ${child.role} did not say it is ready within ${deadlineMs / 1_000} s.`,
    where: child.logPath,
    details: await lastLines(child.logPath),
    remedy:
      'Its last log lines above say how far it came; a very busy machine may need another try.',
  });
}
