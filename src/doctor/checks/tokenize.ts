import { PROMPT_TOKENS_MIN } from '../../target/alignment.ts';
import type { Finding } from '../../base/outcome.ts';
import { type Probe, failureOf, notPassed, passed } from '../probe.ts';
import type { SentPrompt } from '../sent-prompt.ts';

/** POST /tokenize with the very body that is sent to the engine, on every engine. */
export const tokenizeProbe: Probe = {
  id: 'tokenize',
  async run({ sentPrompt }) {
    const sent = await sentPrompt();
    const first = sent.tokens.get(sent.engine.id)!;
    const claim = 'Every engine tokenizes a chat request, chat template applied.';
    const expected = 'token ids from POST /tokenize';
    if (first.error) {
      return [failureOf(first.error, { id: 'tokenize', claim, severity: 'blocking', expected })];
    }
    const works = passed('tokenize', {
      claim,
      severity: 'blocking',
      expected,
      actual: `${first.value.length} tokens`,
      evidence: `POST /tokenize of ${sent.engine.id} with the body of the chat request`,
    });
    return [works, lengthFinding(first.value.length, sent), ...parityFindings(sent)];
  },
};

/** Prompts must span two chunks, and the model must accept prompts that long. */
function lengthFinding(tokens: number, { maxModelLength }: SentPrompt): Finding {
  const draft = {
    claim: 'Prompts can be long enough to be cached whole chunks at a time.',
    severity: 'blocking',
    expected: `room for ${PROMPT_TOKENS_MIN} tokens (two LMCache chunks of 256 and one token)`,
    actual: `${tokens} tokens, context of ${maxModelLength ?? 'unknown length'}`,
    evidence: 'count and max_model_len of /tokenize',
  } as const;
  const fits = maxModelLength === null || maxModelLength > PROMPT_TOKENS_MIN;
  if (fits && tokens >= PROMPT_TOKENS_MIN) return passed('prompt-length', draft);
  return notPassed('prompt-length', 'fail', {
    ...draft,
    remedy: 'Serve the model with a longer --max-model-len.',
  });
}

function parityFindings(sent: SentPrompt): Finding[] {
  const mine = sent.tokens.get(sent.engine.id)!.value!;
  return [...sent.tokens]
    .filter(([id]) => id !== sent.engine.id)
    .map(([id, other]): Finding => {
      const draft = {
        claim: 'All engines give the same tokens for the same request.',
        severity: 'degrading',
        expected: `the ${mine.length} tokens of ${sent.engine.id}`,
        evidence: `POST /tokenize of ${id}`,
      } as const;
      if (other.error) {
        return notPassed('tokenize-parity', 'inconclusive', {
          ...draft,
          actual: other.error.message,
          remedy:
            'Only the engine behind the gateway’s vllm_endpoint needs /tokenize; nothing to do if that is another one.',
        });
      }
      const differsAt = other.value.findIndex((token, index) => token !== mine[index]);
      const isEqual = differsAt === -1 && other.value.length === mine.length;
      if (isEqual) return passed('tokenize-parity', { ...draft, actual: 'the same' });
      const at = differsAt === -1 ? Math.min(mine.length, other.value.length) : differsAt;
      return notPassed('tokenize-parity', 'fail', {
        ...draft,
        actual: `${other.value.length} tokens, different from token ${at} on`,
        remedy:
          'Serve the same model revision, tokenizer and chat template on every engine; a lookup made with the tokens of one never finds what the other stored.',
      });
    });
}
