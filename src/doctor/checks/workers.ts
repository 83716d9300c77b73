import { type Finding, settled } from '../../base/outcome.ts';
import { attempt } from '../../base/attempt.ts';
import { jsonIfOk } from '../../net/answer.ts';
import { callHttp } from '../../net/call.ts';
import { DIALECTS } from '../../net/controller/dialects.ts';
import { isRecord } from '../../base/json.ts';
import { type Dialect } from '../../protocol/lmcache.ts';
import { type Probe, type ProbeContext } from '../probe.ts';
import { namingRemedy } from './instance-names.ts';

/** Is every engine registered under its endpoint id? Asked where the controller offers a list. */
export const workersProbe: Probe = {
  id: 'workers',
  needs: 'controller',
  async run(context) {
    const { engines } = context.targets;
    const ids = await registeredIds(context);
    if (!ids || engines.length === 0) return [];
    const dialect = await dialectOf(context);
    const { path, advice } = DIALECTS[dialect!].workers!;
    const missing = engines.filter((it) => !ids.includes(it.id)).map((it) => it.id);
    const strangers = ids.filter((id) => !engines.some((it) => it.id === id));
    const naming = strangers.length > 0 ? `${namingRemedy(strangers, engines, dialect)} ` : '';
    const check = settled<Finding>({
      id: 'workers',
      claim: 'Every engine is registered with the controller under its endpoint id.',
      severity: 'degrading',
      outcome: missing.length === 0 ? 'pass' : 'fail',
      expected: engines.map((it) => it.id).join(', '),
      actual: ids.join(', ') || 'no workers',
      evidence: `GET ${path}`,
      remedy: `Not registered: ${missing.join(', ')}. ${naming}${advice}`,
    });
    return [check];
  },
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
  const list = DIALECTS[(await dialectOf(context)) ?? 'toy'].workers;
  if (!list) return undefined;
  const url = targets.controllerUrl + list.path;
  const { value } = await attempt(() =>
    callHttp({ url, tls: targets.access.tls, timeoutMs: targets.timeoutMs, signal }),
  );
  const answer = value && jsonIfOk(value);
  return isRecord(answer) ? idsIn(answer[list.member]) : undefined;
}

function idsIn(entries: unknown): string[] | undefined {
  if (!Array.isArray(entries)) return undefined;
  const ids = entries.map((it: { instance_id?: unknown } | null) => String(it?.instance_id));
  return [...new Set(ids)];
}
