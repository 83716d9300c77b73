import type { Attempt } from '../../base/attempt.ts';
import type { Finding } from '../../base/outcome.ts';
import type { Layout } from '../../protocol/lmcache.ts';
import { LMCACHE_CHUNK_TOKENS } from '../../target/alignment.ts';
import type { EngineTarget, Targets } from '../../target/targets.ts';
import type { ControllerTrial } from '../controller-trial.ts';
import { type Probe, failureOf, notPassed, passed } from '../probe.ts';

/** Why lookups stay empty on deployments that look healthy, most frequent first. */
const EMPTY_REMEDY =
  'Check, in this order: enable_controller and the controller’s pull and reply URLs in every engine’s LMCache config; equal PYTHONHASHSEED (for example 0) in controller and engines; Python 3.12 or newer on both (older ones hash None differently per process); vLLM installed beside the controller; chunk_size 256; worker heartbeats on when the controller checks health; the same LMCache version on both sides.';

/** The controller answers, in a known dialect, and lists a prompt that was really sent. */
export const controllerProbe: Probe = {
  id: 'lookup',
  needs: 'controller',
  async run({ targets, trials }) {
    const { controller, tokens, engines } = await trials();
    if (!controller) return [];
    const dialect = dialectFinding(controller, targets);
    if (!controller.lookup || dialect.outcome !== 'pass') return [dialect];
    const sent: Sent = {
      ...controller,
      engine: engines[0]!.engine!,
      promptTokens: tokens.ids.get(engines[0]!.engine!.id)?.value?.length ?? 0,
      lookup: controller.lookup,
    };
    const seen = lookupFinding(sent, targets);
    if (seen.outcome !== 'pass') return [dialect, seen];
    return [dialect, seen, alignmentFinding(sent), instanceFinding(sent, targets)];
  },
};

interface Sent extends ControllerTrial {
  engine: EngineTarget;
  promptTokens: number;
  lookup: Attempt<Layout>;
}

function dialectFinding({ dialect, lookup }: ControllerTrial, targets: Targets): Finding {
  const id = 'controller';
  const claim = 'The controller answers and speaks a known dialect.';
  const expected = 'LMCache controller, LMCache coordinator or the sample’s mock';
  const { value, error } = dialect;
  if (error) {
    const found = failureOf(error, { id, claim, severity: 'blocking', expected }, targets);
    const remedy =
      'Give --lmcache the address of the LMCache controller or coordinator: what answers there is neither. Leave it out where there is none.';
    return error.code === 'CONTROLLER_WRONG_DIALECT' ? { ...found, remedy } : found;
  }
  const evidence = `layout_info values are ${lookup?.value?.shape ?? 'not seen'}`;
  return passed(id, { claim, severity: 'blocking', expected, actual: value, evidence });
}

function lookupFinding(sent: Sent, targets: Targets): Finding {
  const claim = 'A prompt that was really sent to an engine appears in the controller.';
  const expected = `an entry for ${sent.engine.id} within the deadline`;
  const { value: layout, error } = sent.lookup;
  if (error)
    return failureOf(error, { id: 'lookup', claim, severity: 'degrading', expected }, targets);
  if (layout.holdings.length > 0) {
    return passed('lookup', {
      claim,
      severity: 'degrading',
      expected,
      actual: `listed after ${Math.round(sent.admissionMs ?? 0)} ms`,
      evidence: JSON.stringify(layout.holdings),
    });
  }
  return notPassed('lookup', 'fail', {
    claim,
    severity: 'degrading',
    expected,
    actual: 'layout_info stayed empty',
    evidence: 'POST /lookup repeated until the deadline',
    remedy: EMPTY_REMEDY,
  });
}

function alignmentFinding(sent: Sent): Finding {
  const { shape, holdings } = sent.lookup.value!;
  const { promptTokens } = sent;
  const odd = holdings.filter(
    ({ matchedTokens }) =>
      matchedTokens % LMCACHE_CHUNK_TOKENS !== 0 && matchedTokens !== promptTokens,
  );
  const draft = {
    claim: 'Matched counts are whole chunks.',
    severity: 'hint',
    expected: `multiples of ${LMCACHE_CHUNK_TOKENS}, or all ${promptTokens} tokens`,
    actual: holdings.map((it) => it.matchedTokens).join(', '),
    evidence: `layout_info as ${shape}`,
  } as const;
  const isImpossible = holdings.some((it) => it.matchedTokens > promptTokens);
  if (odd.length === 0) return passed('chunk-alignment', draft);
  return notPassed('chunk-alignment', 'inconclusive', {
    ...draft,
    remedy: isImpossible
      ? 'The controller claims more tokens than the prompt has: it is a static mock, its lookups prove nothing about caches.'
      : 'Set chunk_size 256 on the engines: the controller counts in chunks of 256, whatever they are told.',
  });
}

/** The contract nobody checks: the controller's instance id is the gateway's endpoint id. */
function instanceFinding(sent: Sent, { engines }: Targets): Finding {
  const { holdings } = sent.lookup.value!;
  const strangers = holdings.filter((it) => !engines.some(({ id }) => id === it.instanceId));
  const best = holdings.toSorted((a, b) => b.matchedTokens - a.matchedTokens)[0]!;
  const draft = {
    claim: 'The controller’s instance ids are the endpoint ids of the gateway.',
    severity: 'degrading',
    expected: sent.engine.id,
    actual: best.instanceId,
    evidence: `prompt sent to ${sent.engine.id}, listed for ${holdings.map((it) => it.instanceId).join(', ')}`,
  } as const;
  const id = 'instance-ids';
  if (strangers.length === 0 && best.instanceId === sent.engine.id) return passed(id, draft);
  const remedy =
    strangers.length > 0
      ? `Set lmcache_instance_id of every engine to its endpoint id (${engines.map((it) => it.id).join(', ')}), or give the engines their ids with --engine ${best.instanceId}=URL.`
      : 'The controller names another engine than the one that served the prompt: ids swapped, a stale index, or a static mock.';
  return notPassed(id, 'fail', { ...draft, remedy });
}
