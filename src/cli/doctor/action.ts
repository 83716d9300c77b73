import { printableJson } from '../../base/printable.ts';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { readConfigFile } from '../../config/files.ts';
import { examineGatewayConfig } from '../../config/load.ts';
import { examine, outcomeOfFindings } from '../../doctor/doctor.ts';
import { configFindings } from '../../doctor/config-findings.ts';
import type { AccessFlags } from '../../target/access.ts';
import { gatewayChoiceOf } from '../../net/gateway-choice.ts';
import { withModel } from '../../target/resolve-model.ts';
import { AUTO_MODEL } from '../../target/flags.ts';
import { resolveTargets, SAMPLE_MODEL } from '../../target/settings.ts';
import { outcomeWord } from '../../report/paint.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { cliError } from '../shell/errors.ts';
import { tellInsecure } from '../shell/insecure.ts';
import { Voice } from '../shell/voice.ts';
import type { OutputFlags } from '../shell/options.ts';
import { judgedLines } from '../../report/judged.ts';
import { examinedFacts, summaryOf } from './text.ts';

export interface DoctorFlags extends OutputFlags, AccessFlags {
  config?: string;
  gateway?: string;
  [name: string]: string | readonly string[] | boolean | undefined;
}

/** `kvcache doctor`: every precondition, one line each. */
export async function doctor(flags: DoctorFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, env, clock, signal, stdout, stderr } = context;
  refuseUnstarted(flags.gateway);
  const settings = resolveTargets(flags, env, cwd);
  tellInsecure(flags, context);
  const voice = new Voice(flags, context, flags.json ? stderr : stdout);
  if (flags.verbose) {
    voice.insist(...settings.sources.map((it) => `${it.name} = ${it.value} (${it.source})`));
  }
  const source =
    flags.config === undefined ? undefined : readConfigFile(resolve(cwd, flags.config));
  const linted = source ? configFindings(source) : [];
  const targets = await withModel(settings.targets, signal);
  const judged = examinedFacts(targets, {
    config: flags.config,
    isModelAssumed: settings.targets.model === AUTO_MODEL && targets.model === SAMPLE_MODEL,
  });
  voice.say(...judgedLines(judged, voice.paint), '');
  voice.checks(linted);
  const found = await examine({
    targets,
    config: source && examineGatewayConfig(source).config,
    nonce: randomBytes(8).toString('hex'),
    clock,
    signal,
    onFinding: (finding) => voice.checks([finding]),
  });
  const checks = [...linted, ...found];
  const outcome = outcomeOfFindings(checks);
  const exitCode = exitCodeOfOutcome(outcome);
  voice.insist(`${outcomeWord(outcome, voice.paint)} ${summaryOf(checks)}`);
  if (flags.json) {
    const { model } = targets;
    const document = { schema: 'kvcache.doctor/v1', outcome, exitCode, judged, checks, model };
    stdout.write(`${printableJson(document)}\n`);
  }
  return exitCode;
}

/** What is not running cannot be examined. */
function refuseUnstarted(gateway: string | undefined): void {
  if (gateway === undefined || gatewayChoiceOf(gateway).kind === 'running') return;
  throw cliError('GATEWAY_NOT_RUNNING', {
    message: `The doctor starts no gateway, and "${gateway}" is not the URL of one that runs.`,
  });
}
