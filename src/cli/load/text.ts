import type { PromptCertificate } from '../../load/certificate.ts';
import type { Trace } from '../../traces/trace.ts';

/** What the prompts were. */
export function promptsLine(certificate: PromptCertificate, trace?: Trace): string {
  const { promptTokensMin: min, promptTokensMax: max, sharedTokens, blockTokens } = certificate;
  const blocks = `blocks of ${blockTokens}${certificate.isBlockAssumed ? ' (assumed)' : ''}`;
  const length = min === max ? `${min}` : `${min} to ${max}`;
  const shared =
    sharedTokens === undefined
      ? ''
      : `, ${sharedTokens} shared (${certificate.expectedHitTokens} in ${blocks}, ${certificate.expectedChunkTokens} in chunks of 256)`;
  const source = certificate.tokenizer === 'engine' ? "the engine's count" : 'an estimate';
  const workload = trace === undefined ? certificate.workload : traceText(trace);
  return `${workload}, ${length} tokens by ${source}${shared}`;
}

export function traceText({ format, rows, idTokens }: Trace): string {
  const ids =
    idTokens === undefined
      ? 'no hash ids: what is shared is not in the file'
      : `${idTokens.tokens} tokens per id (${idTokens.source})`;
  const isGiven = rows.every(({ prompt }) => prompt.kind === 'messages');
  return `${format} trace, ${isGiven ? 'its own texts' : ids}`;
}
