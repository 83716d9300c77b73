import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KvcacheError, messageOf } from '../../base/errors.ts';
import { examineGatewayConfig } from '../../config/load.ts';
import type { YamlSource } from '../../config/yaml-source.ts';
import { examine, outcomeOfFindings } from '../../doctor/doctor.ts';
import { configFindings } from '../../doctor/config-findings.ts';
import type { Finding } from '../../base/outcome.ts';
import { withModel } from '../../target/resolve-model.ts';
import { resolveTargets } from '../../target/settings.ts';
import { checkLines } from '../../report/check-lines.ts';
import { outcomeWord } from '../../report/paint.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { painter } from '../shell/paint.ts';
import type { OutputFlags } from '../shell/options.ts';

export interface DoctorFlags extends OutputFlags {
  config?: string;
  [name: string]: string | string[] | boolean | undefined;
}

/** `kvcache doctor`: every precondition, one line each. */
export async function doctor(flags: DoctorFlags, context: CliContext): Promise<ExitCode> {
  const settings = resolveTargets(flags, context.env);
  const out = flags.json ? context.stderr : context.stdout;
  const paint = painter(out, context.env, flags.color);
  if (flags.verbose) {
    for (const { name, value, source } of settings.sources)
      out.write(`${name} = ${value} (${source})\n`);
  }
  const onFinding = (finding: Finding): void => {
    if (flags.quiet && finding.outcome === 'pass') return;
    out.write(`${checkLines(finding, paint, flags.verbose === true).join('\n')}\n`);
  };
  const source = await configSource(flags, context);
  const linted = source ? configFindings(source) : [];
  for (const finding of linted) onFinding(finding);
  const targets = await withModel(settings.targets, context.signal);
  const found = await examine({
    targets,
    config: source && examineGatewayConfig(source).config,
    nonce: randomBytes(8).toString('hex'),
    clock: context.clock,
    signal: context.signal,
    onFinding,
  });
  const checks = [...linted, ...found];
  const outcome = outcomeOfFindings(checks);
  const exitCode = exitCodeOfOutcome(outcome);
  out.write(`${outcomeWord(outcome, paint)} ${summaryOf(checks)}\n`);
  if (flags.json) {
    const { model } = targets;
    const document = { schema: 'kvcache.doctor/v1', outcome, exitCode, checks, model };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  }
  return exitCode;
}

function summaryOf(checks: readonly Finding[]): string {
  const fine = checks.filter((it) => it.outcome === 'pass').length;
  const hints = checks.filter((it) => it.outcome !== 'pass' && it.severity === 'hint').length;
  const count = `${fine} of ${checks.length} findings are fine`;
  return hints === 0 ? count : `${count}, ${hints} ${hints === 1 ? 'is a hint' : 'are hints'}`;
}

async function configSource(
  { config }: DoctorFlags,
  { cwd }: CliContext,
): Promise<YamlSource | undefined> {
  if (config === undefined) return undefined;
  const file = resolve(cwd, config);
  try {
    return { file, text: await readFile(file, 'utf8') };
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
