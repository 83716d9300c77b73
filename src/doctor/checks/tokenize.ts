import { type Attempt } from '../../base/attempt.ts';
import { type Finding, settled } from '../../base/outcome.ts';
import { type Probe, type ProbeContext, engineName } from '../probe.ts';
import type { Trials } from '../trials.ts';

/** POST /tokenize with the very body that is sent to the engine, and the lengths it gives. */
export const tokenizeProbe: Probe = {
  id: 'tokenize',
  needs: 'engines',
  async run(context) {
    const trials = await context.trials();
    return [
      ...tokenizers(context, trials),
      lengthFinding(trials),
      ...countFindings(context, trials),
      ...parityFindings(trials),
    ];
  },
};

/** Lookups need token ids; without a controller lengths as billed will do. */
function tokenizers({ profiles, targets }: ProbeContext, { tokens }: Trials): Finding[] {
  return profiles.map(({ engine, kind }) => {
    const found = tokens.ids.get(engine.id);
    const hasController = targets.controllerUrl !== null;
    return settled<Finding>({
      id: 'tokenize',
      claim: `The engine tokenizes a chat request, chat template applied: ${engineName(engine)}.`,
      severity: hasController ? 'degrading' : 'hint',
      outcome: found?.value ? 'pass' : 'inconclusive',
      expected: 'token ids from POST /tokenize',
      actual: toldBy(found) ?? `${kind.name} has no such route`,
      evidence: found?.error?.details.join(' · ') || `the body of the chat request, ${kind.name}`,
      facts: { engine: engine.id, tokenizes: found?.value !== undefined },
      remedy: hasController
        ? 'A gateway that asks a controller needs one engine with POST /tokenize; nothing to do if another has it.'
        : 'Nothing to do: prompts are measured by usage.prompt_tokens.',
    });
  });
}

function toldBy(found: Attempt<readonly number[]> | undefined): string | undefined {
  return found?.value ? `${found.value.length} tokens` : found?.error.message;
}

/** A hit is at least one whole block, and the last token is never served from cache. */
function lengthFinding({ neededTokens, contextTokens }: Trials): Finding {
  const isRoomy = contextTokens === null || contextTokens > neededTokens;
  return settled<Finding>({
    id: 'prompt-length',
    claim: 'Prompts can be long enough to be cached a whole block at a time.',
    severity: 'blocking',
    outcome: isRoomy ? 'pass' : 'fail',
    expected: `room for ${neededTokens} tokens (two of the largest blocks or chunks, and one token)`,
    actual: `context of ${contextTokens ?? 'unknown length'}`,
    evidence: 'max_model_len of the engines, block_size of their metrics',
    remedy: 'Serve the model with a longer context (vLLM: --max-model-len).',
  });
}

/** Tokens as counted by /tokenize against those the engine billed: drift means wrong lookups. */
function countFindings({ targets }: ProbeContext, { engines, tokens }: Trials): Finding[] {
  const trial = engines[0]!;
  const counted = tokens.ids.get(trial.engine!.id)?.value?.length;
  const billed = trial.first.value?.sample.promptTokens;
  // A longer prompt was sent in the end than was tokenized.
  if (counted === undefined || billed === undefined || trial.isLong) return [];
  const check = settled<Finding>({
    id: 'token-count',
    claim: '/tokenize counts what the engine really computes.',
    severity: targets.controllerUrl === null ? 'hint' : 'degrading',
    outcome: counted === billed ? 'pass' : 'fail',
    expected: `${billed} tokens (usage.prompt_tokens)`,
    actual: `${counted} tokens`,
    evidence: `same body to /tokenize and /v1/chat/completions of ${trial.engine!.id}`,
    remedy:
      'Make /tokenize and chat completions use the same chat template and model; lookups with other tokens than the engine’s never match.',
  });
  return [check];
}

function parityFindings({ tokens }: Trials): Finding[] {
  const known = [...tokens.ids].flatMap(([id, { value }]) => (value ? [{ id, ids: value }] : []));
  const [mine, ...others] = known;
  return others.map(({ id, ids }) => {
    const differsAt = ids.findIndex((token, index) => token !== mine!.ids[index]);
    const isEqual = differsAt === -1 && ids.length === mine!.ids.length;
    const at = differsAt === -1 ? Math.min(mine!.ids.length, ids.length) : differsAt;
    return settled<Finding>({
      id: 'tokenize-parity',
      claim: `All engines give the same tokens for the same request: ${mine!.id} and ${id}.`,
      severity: 'degrading',
      outcome: isEqual ? 'pass' : 'fail',
      expected: `the ${mine!.ids.length} tokens of ${mine!.id}`,
      actual: isEqual ? 'the same' : `${ids.length} tokens, different from token ${at} on`,
      evidence: `POST /tokenize of ${id}`,
      remedy:
        'Serve the same model revision, tokenizer and chat template on every engine; what one has cached is of no use to a lookup by the other’s tokens.',
    });
  });
}
