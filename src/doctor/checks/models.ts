import { type Attempt, attempt } from '../../base/attempt.ts';
import type { Finding } from '../../base/outcome.ts';
import { redactUrl } from '../../base/origin.ts';
import { type ServedModel, servedModels } from '../../target/models.ts';
import {
  type Probe,
  type ProbeContext,
  engineName,
  failureOf,
  notPassed,
  passed,
} from '../probe.ts';

/** GET /v1/models of every server: reachable, authorised, an API and not a web page, model known. */
export const modelsProbe: Probe = {
  id: 'models',
  needs: 'anything',
  async run(context) {
    const { targets, profiles, signal } = context;
    const engines = profiles.map(({ engine, models }) =>
      judge(engineName(engine), models, context),
    );
    const { gatewayUrl } = targets;
    if (gatewayUrl === null) return engines;
    const models = await attempt(() => servedModels(gatewayUrl, targets, signal));
    return [...engines, judge(`the gateway (${redactUrl(gatewayUrl)})`, models, context)];
  },
};

function judge(
  name: string,
  models: Attempt<readonly ServedModel[]>,
  { targets }: ProbeContext,
): Finding {
  const claim = `It answers and serves the model: ${name}.`;
  const expected = `${targets.model} in its list of models`;
  const { value, error } = models;
  if (error?.code === 'NO_SUCH_ROUTE') {
    return notPassed('models', 'inconclusive', {
      claim,
      severity: 'hint',
      expected,
      actual: error.message,
      evidence: [error.where, ...error.details].join(' · '),
      remedy: 'Nothing to do when the server offers no model list; the first prompt decides.',
    });
  }
  if (error)
    return failureOf(error, { id: 'models', claim, severity: 'blocking', expected }, targets);
  const ids = value.map(({ id }) => id);
  const evidence = `GET /v1/models of ${name}: ${ids.join(', ') || 'empty'}`;
  const draft = { claim, severity: 'blocking', expected, evidence } as const;
  if (ids.includes(targets.model)) return passed('models', { ...draft, actual: 'listed' });
  return notPassed('models', 'error', {
    ...draft,
    actual: 'not listed',
    remedy: `Serve ${targets.model} there, or choose one of its models with --model.`,
  });
}
