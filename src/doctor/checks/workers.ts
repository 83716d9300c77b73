import { attempt } from '../../base/attempt.ts';
import { callHttp } from '../../net/call.ts';
import type { Dialect } from '../../net/controller/driver.ts';
import { type Probe, type ProbeContext, notPassed, passed } from '../probe.ts';
import { namingRemedy } from './instance-names.ts';

/** Where a controller lists who registered, and under which member. */
const LISTS: Readonly<Partial<Record<Dialect, { path: string; member: string }>>> = {
  legacy: { path: '/controller/workers', member: 'workers' },
  coordinator: { path: '/instances', member: 'instances' },
};

/** Is every engine registered under its endpoint id? Asked where the controller offers a list. */
export const workersProbe: Probe = {
  id: 'workers',
  needs: 'controller',
  async run(context) {
    const { engines } = context.targets;
    const ids = await registeredIds(context);
    if (!ids || engines.length === 0) return [];
    const dialect = await dialectOf(context);
    const missing = engines.filter((it) => !ids.includes(it.id)).map((it) => it.id);
    const draft = {
      claim: 'Every engine is registered with the controller under its endpoint id.',
      severity: 'degrading',
      expected: engines.map((it) => it.id).join(', '),
      actual: ids.join(', ') || 'no workers',
      evidence: `GET ${LISTS[dialect!]!.path}`,
    } as const;
    if (missing.length === 0) return [passed('workers', draft)];
    const strangers = ids.filter((id) => !engines.some((it) => it.id === id));
    const naming = strangers.length > 0 ? `${namingRemedy(strangers, engines, dialect)} ` : '';
    const remedy = `Not registered: ${missing.join(', ')}. ${naming}${REGISTERING[dialect!]}`;
    return [notPassed('workers', 'fail', { ...draft, remedy })];
  },
};

const REGISTERING: Readonly<Partial<Record<Dialect, string>>> = {
  legacy:
    'Check controller_pull_url and _reply_url, and turn on heartbeats: after a restart of the controller workers come back only through them.',
  coordinator:
    'Check --coordinator-url of every lmcache server, and --coordinator-advertise-ip where it is behind another address; one that sends no heartbeat for --instance-timeout is dropped.',
};

async function dialectOf({ trials }: Pick<ProbeContext, 'trials'>): Promise<Dialect | undefined> {
  return (await trials()).controller?.dialect.value;
}

/** Instance ids that the controller lists; undefined without a controller or where it offers no list. */
export async function registeredIds(
  context: Pick<ProbeContext, 'targets' | 'signal' | 'trials'>,
): Promise<string[] | undefined> {
  const { targets, signal } = context;
  if (targets.controllerUrl === null) return undefined;
  const list = LISTS[(await dialectOf(context)) ?? 'toy'];
  if (!list) return undefined;
  const url = targets.controllerUrl + list.path;
  const { value } = await attempt(() => callHttp({ url, timeoutMs: targets.timeoutMs, signal }));
  return value?.status === 200 ? idsIn(value.text, list.member) : undefined;
}

function idsIn(text: string, member: string): string[] | undefined {
  try {
    const entries = (JSON.parse(text) as Record<string, unknown>)[member];
    if (!Array.isArray(entries)) return undefined;
    return [...new Set(entries.map((it: { instance_id?: unknown }) => String(it.instance_id)))];
  } catch {
    return undefined;
  }
}
