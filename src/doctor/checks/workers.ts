import { attempt } from '../../base/attempt.ts';
import { callHttp } from '../../net/http-client.ts';
import { type Probe, type ProbeContext, notPassed, passed } from '../probe.ts';

/** GET /controller/workers, where offered: is every engine registered under its endpoint id? */
export const workersProbe: Probe = {
  id: 'workers',
  needs: 'controller',
  async run(context) {
    const { engines } = context.targets;
    const ids = await registeredIds(context);
    if (!ids || engines.length === 0) return [];
    const missing = engines.filter((it) => !ids.includes(it.id)).map((it) => it.id);
    const draft = {
      claim: 'Every engine is registered with the controller under its endpoint id.',
      severity: 'degrading',
      expected: engines.map((it) => it.id).join(', '),
      actual: ids.join(', ') || 'no workers',
      evidence: 'GET /controller/workers',
    } as const;
    if (missing.length === 0) return [passed('workers', draft)];
    return [
      notPassed('workers', 'fail', {
        ...draft,
        remedy: `Not registered: ${missing.join(', ')}. Set lmcache_instance_id to the endpoint id, check controller_pull_url and _reply_url, and turn on heartbeats: after a restart of the controller workers come back only through them.`,
      }),
    ];
  },
};

/** Instance ids that the controller lists; undefined without a controller or where it offers no list. */
export async function registeredIds({
  targets,
  signal,
}: Pick<ProbeContext, 'targets' | 'signal'>): Promise<string[] | undefined> {
  if (targets.controllerUrl === null) return undefined;
  const url = `${targets.controllerUrl}/controller/workers`;
  const { value } = await attempt(() => callHttp({ url, timeoutMs: targets.timeoutMs, signal }));
  return value?.status === 200 ? workerIds(value.text) : undefined;
}

function workerIds(text: string): string[] | undefined {
  try {
    const { workers } = JSON.parse(text) as { workers?: unknown };
    if (!Array.isArray(workers)) return undefined;
    return [...new Set(workers.map((it: { instance_id?: unknown }) => String(it.instance_id)))];
  } catch {
    return undefined;
  }
}
