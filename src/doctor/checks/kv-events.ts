import { codeOf, KvcacheError, messageOf } from '../../base/errors.ts';
import { type Finding, type Outcome, settled } from '../../base/outcome.ts';
import type { EngineProfile } from '../../target/engine-profile.ts';
import type { EventTrial } from '../event-trial.ts';
import { type Probe, engineName } from '../probe.ts';
import { cachedOf, type Trial } from '../trial.ts';

/** Routers that follow KV events are as good as the events: do they arrive, and say what the engine says? */
export const kvEventsProbe: Probe = {
  id: 'kv-events',
  needs: 'kv-events',
  async run({ profiles, trials }) {
    const { engines, events } = await trials();
    return profiles.flatMap((profile, index) => {
      const told = events.get(profile.engine.id);
      return told ? [judge(profile, engines[index]!, told)] : [];
    });
  },
};

interface State {
  state: string;
  outcome: Outcome;
  actual: string;
  remedy: string;
}

function judge(profile: EngineProfile, trial: Trial, told: EventTrial): Finding {
  const { engine } = profile;
  const reported = cachedOf(trial.repeats.at(-1) ?? trial.first);
  const { state, ...found } =
    unheard(told) ?? unclear(told, reported) ?? compared(profile, told, reported!);
  const { events, storedBlocks, gapsRefilled, gapsLost, toldTokens } = told;
  return settled<Finding>({
    id: 'kv-events',
    claim: `KV events arrive and agree with what the engine reports: ${engineName(engine)}.`,
    severity: 'degrading',
    expected: 'the prompt held, by its events, as far as its repeat was reported cached',
    ...found,
    evidence: [
      `${events} events, ${storedBlocks} blocks stored`,
      gapsRefilled > 0 && `${gapsRefilled} gaps refilled`,
      gapsLost > 0 && `${gapsLost} gaps lost`,
    ],
    facts: { engine: engine.id, state, events, gapsLost, toldTokens, reportedTokens: reported },
  });
}

const PUBLISH = `vLLM: --kv-events-config '{"enable_kv_cache_events":true,"publisher":"zmq","endpoint":"tcp://*:5557"}'`;

/** Nothing that could be compared was heard. */
function unheard({ isReached, trouble, storedBlocks, alsoToldBy }: EventTrial): State | undefined {
  if (trouble && isEncoding(trouble)) {
    return {
      state: 'unreadable',
      outcome: 'fail',
      actual: messageOf(trouble),
      remedy:
        'Name the address of vLLM’s KV events, 0.9 to 0.33; what answers there speaks another encoding.',
    };
  }
  if (!isReached) {
    return {
      state: 'unreached',
      outcome: 'error',
      actual: trouble ? messageOf(trouble) : 'nobody answers at the address',
      remedy:
        (trouble instanceof KvcacheError && trouble.remedy) ||
        `Check address and port. ${PUBLISH}.`,
    };
  }
  if (storedBlocks > 0 || alsoToldBy.length > 0) return undefined;
  return {
    state: 'silent',
    outcome: 'fail',
    actual: 'connected, and nothing was told of a new prompt',
    remedy: `Have the engine publish what it caches (${PUBLISH}), and check the topic; each data-parallel rank has a port of its own.`,
  };
}

const isEncoding = (trouble: Error): boolean =>
  trouble instanceof SyntaxError || codeOf(trouble) === 'KV_EVENTS_INVALID';

function unclear({ gapsLost, toldTokens }: EventTrial, reported: number | null): State | undefined {
  if (gapsLost > 0) {
    return {
      state: 'gaps',
      outcome: 'fail',
      actual: 'batches are missing, and could not be had again',
      remedy:
        'Give the engine a replay_endpoint in --kv-events-config and name it: --kv-events URL,replay=URL. Without one, whoever follows it forgets all it knew.',
    };
  }
  if (toldTokens !== null && reported !== null) return undefined;
  const who = toldTokens === null ? 'its tokens (POST /tokenize)' : 'cached tokens';
  return {
    state: 'incomparable',
    outcome: 'inconclusive',
    actual: `events arrive; the engine does not tell ${who}, so nothing can be compared`,
    remedy:
      toldTokens === null
        ? 'Have the engine serve POST /tokenize.'
        : 'Have the engine report cached tokens (vLLM: --enable-prompt-tokens-details).',
  };
}

function compared(
  { blockTokens, ranks }: EngineProfile,
  { toldTokens, alsoToldBy }: EventTrial,
  reported: number,
): State {
  const told = toldTokens!;
  const actual = `${told} tokens by its events, ${reported} reported`;
  const difference = Math.abs(told - reported);
  if (told > 0 && difference <= (blockTokens ?? 0)) {
    return { state: 'agrees', outcome: 'pass', actual, remedy: '' };
  }
  return { state: 'disagrees', outcome: 'fail', actual, remedy: whyNot() };

  function whyNot(): string {
    if (told === 0 && alsoToldBy.length > 0) {
      return `The events given for ${alsoToldBy.join(' and ')} tell of this engine’s prompt: correct the ids of the sources.`;
    }
    if (told === 0) {
      return 'What is told are other prompts’ blocks: the source is another engine’s, or another rank’s. Name the one behind this address.';
    }
    if (told > reported) {
      return 'The engine holds more than it reuses or reports: believe its reports, and look at its prefix caching.';
    }
    return ranks > 1
      ? 'Of data-parallel ranks only one is heard: give every rank its own address and source.'
      : 'The engine reuses more than it publishes: tiers of a KV connector may publish elsewhere.';
  }
}
