import { servedModels } from '../../target/models.ts';
import { type Probe, engineName, failureOf, passed, notPassed } from '../probe.ts';
import { KvcacheError } from '../../base/errors.ts';

const claim = 'Every engine answers and serves the model.';

/** GET /v1/models of every engine: reachable, authorised, an API and not a web page, model known. */
export const modelsProbe: Probe = {
  id: 'models',
  async run({ targets, signal }) {
    return Promise.all(
      targets.engines.map(async (engine) => {
        const expected = `${engineName(engine)} lists ${targets.model || 'a model'}`;
        try {
          const served = (await servedModels(engine.url, targets, signal)).map(({ id }) => id);
          const evidence = `GET /v1/models of ${engineName(engine)}: ${served.join(', ') || 'empty'}`;
          const draft = { claim, severity: 'blocking', expected, evidence } as const;
          if (served.includes(targets.model))
            return passed('models', { ...draft, actual: 'listed' });
          return notPassed('models', 'error', {
            ...draft,
            actual: 'not listed',
            remedy: `Serve ${targets.model} on ${engine.id}, or choose one of its models with --model.`,
          });
        } catch (error) {
          if (error instanceof KvcacheError && error.code === 'NO_SUCH_ROUTE') {
            return notPassed('models', 'inconclusive', {
              claim,
              severity: 'hint',
              expected,
              actual: error.message,
              evidence: error.details.join(' '),
              remedy:
                'Nothing to do when the engine offers no model list; the first prompt decides.',
            });
          }
          return failureOf(error, { id: 'models', claim, severity: 'blocking', expected });
        }
      }),
    );
  },
};
