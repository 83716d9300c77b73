import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KvcacheError, messageOf } from '../../base/errors.ts';
import { examine } from '../../doctor/doctor.ts';
import { configFindings } from '../../doctor/config-findings.ts';
import type { Finding } from '../../base/outcome.ts';
import { resolveTargets } from '../../target/settings.ts';
import { checkLines } from '../../report/check-lines.ts';
import { outcomeWord } from '../../report/paint.ts';
import type { DoctorFlags } from '../commands/doctor.ts';
import type { CliContext } from '../context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../exit-codes.ts';
import { painter } from '../paint.ts';

/** `kvcache doctor`: every precondition, one line each. */
export async function doctor(flags: DoctorFlags, context: CliContext): Promise<ExitCode> {
  const { targets, sources } = resolveTargets(flags, context.env);
  const out = flags.json ? context.stderr : context.stdout;
  const paint = painter(out, context.env, flags.color);
  if (flags.verbose) {
    for (const { name, value, source } of sources) out.write(`${name} = ${value} (${source})\n`);
  }
  const show = (finding: Finding): void => {
    if (flags.quiet && finding.outcome === 'pass') return;
    out.write(`${checkLines(finding, paint, flags.verbose === true).join('\n')}\n`);
  };
  const result = await examine({
    targets,
    findings: await lint(flags, context),
    nonce: randomBytes(8).toString('hex'),
    clock: context.clock,
    signal: context.signal,
    onFinding: show,
  });
  const exitCode = exitCodeOfOutcome(result.outcome);
  const bad = result.findings.filter((it) => it.outcome !== 'pass').length;
  out.write(
    `${outcomeWord(result.outcome, paint)} ${result.findings.length - bad} of ${result.findings.length} findings are fine\n`,
  );
  if (flags.json) {
    const document = {
      schema: 'kvcache.doctor/v1',
      outcome: result.outcome,
      exitCode,
      checks: result.findings,
      model: result.model,
    };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  }
  return exitCode;
}

async function lint({ config }: DoctorFlags, { cwd }: CliContext): Promise<Finding[]> {
  if (config === undefined) return [];
  const file = resolve(cwd, config);
  try {
    return configFindings({ file, text: await readFile(file, 'utf8') });
  } catch (error) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'CONFIG_UNREADABLE',
      message: `The config cannot be read: ${messageOf(error)}.`,
      where: file,
      remedy: 'Correct the path.',
      cause: error,
    });
  }
}
