import { type Finding, settled } from '../../base/outcome.ts';
import type { Attempt } from '../../base/attempt.ts';
import { alternatives } from '../../base/alternatives.ts';
import { DIALECTS } from '../../net/controller/dialects.ts';
import type { Layout } from '../../protocol/lmcache.ts';
import { LMCACHE_CHUNK_TOKENS } from '../../target/alignment.ts';
import type { EngineTarget, Targets } from '../../target/targets.ts';
import type { ControllerTrial } from '../controller-trial.ts';
import { whyEmpty } from './empty-lookup.ts';
import { namingRemedy } from './instance-names.ts';
import { type Probe, failureOf } from '../probe.ts';

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
    if (sent.lookup.error || sent.lookup.value.holdings.length === 0) return [dialect, seen];
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
  const expected = alternatives(Object.values(DIALECTS).map(({ name }) => name));
  const { value, error } = dialect;
  if (error) {
    const found = failureOf(error, { id, claim, severity: 'blocking', expected }, targets);
    const remedy =
      'Give --lmcache the address of the LMCache controller or coordinator: what answers there is neither. Leave it out where there is none.';
    return error.code === 'CONTROLLER_WRONG_DIALECT' ? { ...found, remedy } : found;
  }
  const evidence =
    value === 'coordinator'
      ? 'GET /healthz and GET /instances are answered'
      : `layout_info values are ${lookup?.value?.shape ?? 'not seen'}`;
  const draft = { id, claim, severity: 'blocking', outcome: 'pass', expected } as const;
  return { ...draft, actual: value, evidence, remedy: '' };
}

function lookupFinding(sent: Sent, targets: Targets): Finding {
  const draft = {
    id: 'lookup',
    claim: 'A prompt that was really sent to an engine appears in the controller.',
    severity: 'degrading',
    expected: `an entry for ${sent.engine.id} within the deadline`,
  } as const;
  const { value: layout, error } = sent.lookup;
  if (error) return failureOf(error, draft, targets);
  const { model } = sent;
  const name = model === targets.model ? '' : `, looked up as ${model}`;
  if (layout.holdings.length > 0) {
    return {
      ...draft,
      outcome: 'pass',
      actual: `listed after ${Math.round(sent.admissionMs ?? 0)} ms`,
      evidence: `${JSON.stringify(layout.holdings)}${name}`,
      remedy: '',
    };
  }
  if (layout.sharedTokens !== undefined) return sharedFinding(draft, layout.sharedTokens);
  const evidence = 'the lookup repeated until the deadline';
  return { ...draft, outcome: 'fail', ...whyEmpty(sent), evidence };
}

/** Nothing is wrong with it, but it decides nothing. */
function sharedFinding(
  draft: Pick<Finding, 'id' | 'claim' | 'severity' | 'expected'>,
  sharedTokens: number,
): Finding {
  return {
    ...draft,
    outcome: 'inconclusive',
    actual: `${sharedTokens} tokens in a shared tier, no engine’s own`,
    evidence: 'placements with shared true name no holder: every engine can load them',
    remedy:
      'Nothing to do if every engine is to load from the shared tier; a router that looks up holders then has nothing to decide. Give the servers an L1 that holds prompts (--l1-size-gb) where repeats shall go to one engine.',
  };
}

function alignmentFinding(sent: Sent): Finding {
  const { shape, holdings, chunkTokens = LMCACHE_CHUNK_TOKENS } = sent.lookup.value!;
  const { promptTokens } = sent;
  const odd = holdings.filter(
    ({ matchedTokens }) => matchedTokens % chunkTokens !== 0 && matchedTokens !== promptTokens,
  );
  const isImpossible = holdings.some((it) => it.matchedTokens > promptTokens);
  return settled<Finding>({
    id: 'chunk-alignment',
    claim: 'Matched counts are whole chunks.',
    severity: 'hint',
    outcome: odd.length === 0 ? 'pass' : 'inconclusive',
    expected: `multiples of ${chunkTokens}, or all ${promptTokens} tokens`,
    actual: holdings.map((it) => it.matchedTokens).join(', '),
    evidence: `layout_info as ${shape}`,
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
  const isRight = strangers.length === 0 && best.instanceId === sent.engine.id;
  return settled<Finding>({
    id: 'instance-ids',
    claim: 'The controller’s instance ids are the endpoint ids of the gateway.',
    severity: 'degrading',
    outcome: isRight ? 'pass' : 'fail',
    expected: sent.engine.id,
    actual: best.instanceId,
    evidence: `prompt sent to ${sent.engine.id}, listed for ${holdings.map((it) => it.instanceId).join(', ')}`,
    remedy:
      strangers.length > 0
        ? namingRemedy(
            strangers.map((it) => it.instanceId),
            engines,
            sent.dialect.value,
          )
        : 'The controller names another engine than the one that served the prompt: ids swapped, a stale index, or a static mock.',
  });
}
