import { printableJson } from '../../base/printable.ts';
import type { PhaseResult } from '../../load/aggregate.ts';
import type { PromptCertificate } from '../../load/certificate.ts';
import type { FailureKind } from '../../load/failure-tally.ts';
import type { PhaseOutcome } from '../../load/run-load.ts';
import type { LoadEnd, LoadHead } from '../../report/build-load.ts';
import type { CliContext } from '../shell/context.ts';

interface Found {
  /** The file as it was named; null where samples are in no file, or in one per process. */
  samples: string | null;
  phase: PhaseOutcome;
  result: PhaseResult;
  failures: readonly FailureKind[];
  certificate: PromptCertificate | null;
  audit: LoadEnd['audit'];
}

/** The document of `--json`, the same however many processes sent the load. */
export function writeDocument(
  { runId, seed, target, model }: LoadHead,
  { outcome, exitCode, isPartial, checks }: LoadEnd,
  { samples, phase, result, failures, certificate, audit }: Found,
  { stdout }: CliContext,
): void {
  const ran = { outcome, exitCode, isPartial, checks, runId, seed, target, model };
  const found = { samples, phase, result, failures, certificate, audit };
  const document = { schema: 'kvcache.load/v1', ...ran, ...found };
  stdout.write(`${printableJson(document, (_, value: unknown) => value ?? null)}\n`);
}
