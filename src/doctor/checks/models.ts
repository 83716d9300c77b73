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
    const isSwapped = await servesModelsInstead(context);
    const engines = profiles.map(({ engine, models }) => {
      const found = judge(engineName(engine), models, context);
      return isSwapped && found.outcome !== 'pass' ? swapped(found) : found;
    });
    if (gatewayUrl === null) return engines;
    const models = await attempt(() => servedModels(gatewayUrl, targets, signal));
    return [...engines, judge(`the gateway (${redactUrl(gatewayUrl)})`, models, context)];
  },
};

/** Whether what should be the controller is an engine, while an engine has no such route. */
async function servesModelsInstead({ targets, profiles, signal }: ProbeContext): Promise<boolean> {
  const { controllerUrl } = targets;
  const lacks = profiles.some(({ models }) => models.error?.code === 'NO_SUCH_ROUTE');
  if (controllerUrl === null || !lacks) return false;
  const { value } = await attempt(() => servedModels(controllerUrl, targets, signal));
  return value !== undefined && value.length > 0;
}

function swapped(found: Finding): Finding {
  return {
    ...found,
    severity: 'blocking',
    outcome: 'error',
    actual: 'no list of models here, but one where the controller should be',
    remedy: 'The addresses of an engine and of the controller are swapped: exchange them.',
  };
}

function judge(
  name: string,
  { value, error }: Attempt<readonly ServedModel[]>,
  { targets }: ProbeContext,
): Finding {
  const claim = `It answers and serves the model: ${name}.`;
  const ids = value?.map(({ id }) => id) ?? [];
  // Who named no model was not asking for one: only a list of others says that it is missing.
  const expected =
    ids.length === 0 ? 'its list of models' : `${targets.model} in its list of models`;
  const draft = { id: 'models', claim, severity: 'blocking', expected } as const;
  // Gateways route models they do not list, and some answer every other path with an error.
  if (error && !['NO_SUCH_ROUTE', 'HTTP_ERROR'].includes(error.code)) {
    return failureOf(error, draft, targets);
  }
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
