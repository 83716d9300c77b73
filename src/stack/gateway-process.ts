import type { Access } from '../net/access.ts';
import { waitUntilReady } from '../net/ready.ts';
import type { GatewayProgram } from './gateway-program.ts';
import type { StackMember } from './options.ts';
import { type ChildSetting, childSpec, whenReady } from './start-child.ts';

/** In-flight requests may end; a run that is over has none, so this is for strangers that dawdle. */
const GATEWAY_GRACE_MS = 1_000;

const RUNNING_DEADLINE_MS = 10_000;

/** As long as the first answer of a cold engine may take. */
const SLOW_ANSWER_MS = 30_000;

/** Of the sample's mocks, which take any. */
const SAMPLE_MODEL = 'mock-model';

/** Where a gateway that was started is to be reached. */
export interface GatewayPlace {
  /** Undefined: wherever its ready line says. */
  url: string | undefined;
  metricsUrl: string | null;
  /** The flag or variable that decided, or `default`. */
  source: string;
  /** Asked for by the readiness probe; the sample's where none is known. */
  model?: string;
}

/**
 * Starts a gateway and waits until it answers a chat request, whatever the status.
 * @throws KvcacheError NOT_READY, CHILD_DIED, CHILD_NOT_STARTED (kind target)
 */
export async function startGateway(
  found: GatewayProgram,
  place: GatewayPlace,
  setting: ChildSetting,
): Promise<StackMember> {
  const { title, program, cwd, env } = found;
  const { model = SAMPLE_MODEL } = place;
  const request = { title, logName: 'gateway', program, cwd, env, graceMs: GATEWAY_GRACE_MS };
  const [child] = setting.group.start([childSpec(request, setting)]);
  const said = found.printsReadyLine
    ? await whenReady(child!, found.startDeadlineMs, setting)
    : undefined;
  const url = place.url ?? said?.url ?? '';
  await waitForGateway(url, title, { deadlineMs: found.startDeadlineMs, model }, setting);
  return {
    role: 'gateway',
    title,
    id: said?.id ?? 'gateway',
    url,
    metricsUrl: said?.metricsUrl ?? place.metricsUrl,
    adminUrl: said?.adminUrl ?? null,
    pid: child!.pid,
    logPath: child!.logPath,
    source: place.source,
  };
}

/** @throws KvcacheError NOT_READY (kind target) */
export async function useRunningGateway(
  url: string,
  setting: ChildSetting,
  { model = SAMPLE_MODEL, access }: { model?: string | undefined; access?: Access } = {},
): Promise<StackMember> {
  const title = 'running gateway';
  await waitForGateway(url, title, { deadlineMs: RUNNING_DEADLINE_MS, model, access }, setting);
  return {
    role: 'gateway',
    title,
    id: 'gateway',
    url,
    metricsUrl: null,
    adminUrl: null,
    pid: null,
    logPath: null,
    source: '--gateway',
  };
}

/**
 * Any HTTP answer will do, whatever its status. One token is the most that a gateway which adds a
 * prompt of its own may generate, and one that has taken the request is waited for: slow is not down.
 */
async function waitForGateway(
  url: string,
  role: string,
  { deadlineMs, model, access }: { deadlineMs: number; model: string; access?: Access | undefined },
  { group, surroundings }: ChildSetting,
): Promise<void> {
  await waitUntilReady({
    role,
    url: `${url}/v1/chat/completions`,
    ...(access && { access }),
    // Without a message there is no prompt: nothing to tokenize, look up or remember.
    json: { model, messages: [], max_tokens: 1 },
    accepts: () => true,
    attemptMs: SLOW_ANSWER_MS,
    deadlineMs,
    clock: surroundings.clock,
    signal: group.signal,
  });
}
