import type { Finding } from '../../base/outcome.ts';
import { type Attempt, attempt } from '../../base/attempt.ts';
import { redactUrl } from '../../base/origin.ts';
import type { ServedModel } from '../../protocol/served-models.ts';
import { servedModels } from '../../target/models.ts';
import { type Probe, type ProbeContext, engineName, failureOf } from '../probe.ts';

/** GET /v1/models of every server: reachable, authorised, an API and not a web page, model known. */
export const modelsProbe: Probe = {
  id: 'models',
  needs: 'anything',
  async run(context) {
    const { targets, profiles, signal } = context;
    const { gatewayUrl } = targets;
    const engines = profiles.map(({ engine, models }) =>
      judge(engineName(engine), models, context),
    );
    if (gatewayUrl === null) return engines;
    const models = await attempt(() => servedModels(gatewayUrl, targets, signal));
    return [...engines, judge(`the gateway (${redactUrl(gatewayUrl)})`, models, context)];
  },
};

function judge(
  name: string,
  { value, error }: Attempt<readonly ServedModel[]>,
  { targets }: ProbeContext,
): Finding {
  const claim = `It answers and serves the model: ${name}.`;
  const expected = `${targets.model} in its list of models`;
  const draft = { id: 'models', claim, severity: 'blocking', expected } as const;
  // Gateways route models they do not list, and some answer every other path with an error.
  if (error && !['NO_SUCH_ROUTE', 'HTTP_ERROR'].includes(error.code)) {
    return failureOf(error, draft, targets);
  }
  const ids = value?.map(({ id }) => id) ?? [];
  const evidence = `GET /v1/models of ${name}: ${error?.details.join(' · ') ?? ids.join(', ')}`;
  if (ids.includes(targets.model)) {
    return { ...draft, outcome: 'pass', actual: 'listed', evidence, remedy: '' };
  }
  if (ids.length === 0) {
    return {
      ...draft,
      severity: 'hint',
      outcome: 'inconclusive',
      actual: error?.message ?? 'an empty list',
      evidence,
      remedy: 'Nothing to do when the server offers no model list; the first prompt decides.',
    };
  }
  const remedy = `Serve ${targets.model} there, or choose one of its models with --model.`;
  return { ...draft, outcome: 'error', actual: 'not listed', evidence, remedy };
}
