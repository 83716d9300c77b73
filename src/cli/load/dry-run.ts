import { formatDuration } from '../../base/duration.ts';
import { parseOrigin, redactUrl } from '../../base/origin.ts';
import { printableJson } from '../../base/printable.ts';
import { CHAT_ROUTE } from '../../load/chat-client.ts';
import { promptTokensOf } from '../../load/workload-size.ts';
import { accessOf } from '../../target/access.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { Voice } from '../shell/voice.ts';
import type { LoadFlags } from './flags.ts';
import type { LoadSettings } from './settings.ts';

/** `kvcache load --dry-run`: what would be sent, and what it costs. Nothing is sent. */
export function loadDryRun(
  flags: LoadFlags,
  settings: LoadSettings,
  context: CliContext,
): ExitCode {
  const plan = planOf(flags, settings, context);
  if (flags.json) {
    context.stdout.write(`${printableJson({ schema: 'kvcache.load-plan/v1', ...plan })}\n`);
    return ExitCode.pass;
  }
  const { target, model, headers, load, requests, warmup, durationMs } = plan;
  const count = (value: number | null, otherwise: string): string =>
    value === null ? otherwise : value.toLocaleString('en-US');
  new Voice(flags, context, context.stdout).insist(
    'Dry run: nothing was sent.',
    '',
    `target    ${target}`,
    `model     ${model === 'auto' ? 'the first that /v1/models lists' : model}`,
    ...(headers.length > 0 ? [`headers   ${headers.join(', ')} (values are not shown)`] : []),
    `load      ${load}`,
    `sent      ${count(requests, 'as many requests as are answered in the time')}${requests === null ? '' : ' requests'}, and ${warmup} before them to warm up`,
    `prompts   ${plan.promptTokens === null ? 'as long as the texts given' : `about ${count(plan.promptTokens, '')} tokens`}`,
    `answers   ${count(plan.outputTokensMax, `${flags.maxTokens} tokens each`)}${plan.outputTokensMax === null ? '' : ' tokens'} at most`,
    `time      ${durationMs === null ? 'as long as the server takes' : `${formatDuration(durationMs)} and the warm-up`}`,
  );
  return ExitCode.pass;
}

function planOf(flags: LoadFlags, settings: LoadSettings, context: CliContext) {
  const { load, trace, warmup, workload } = settings;
  const { requests, durationMs } = extentOf(settings, flags.duration);
  const each = promptTokensOf(workload);
  return {
    target: redactUrl(parseOrigin(flags.url, '--url').url) + CHAT_ROUTE,
    model: flags.model,
    headers: Object.keys(accessOf(flags, context).headers),
    load: loadText(flags, load.kind, trace?.format),
    requests,
    warmup,
    promptTokens:
      each === null || requests === null ? null : Math.round(each * (requests + warmup)),
    outputTokensMax: requests === null ? null : (requests + warmup) * flags.maxTokens,
    durationMs,
    seed: flags.seed,
  };
}

/** Walking further would take longer than anybody waits for a plan. */
const WALKED_MAX = 5_000_000;

/** Of what is measured; null where the answers decide it. */
function extentOf(
  { load, requests = Infinity }: LoadSettings,
  durationMs = Infinity,
): { requests: number | null; durationMs: number | null } {
  if (load.kind === 'closed') return { requests: finite(requests), durationMs: finite(durationMs) };
  let [sent, lastMs] = [0, 0];
  for (; sent < Math.min(requests, WALKED_MAX); sent++) {
    const dueMs = load.pacer(sent);
    if (dueMs === undefined || dueMs >= durationMs) break;
    lastMs = dueMs;
  }
  return sent === WALKED_MAX
    ? { requests: null, durationMs: finite(durationMs) }
    : { requests: sent, durationMs: lastMs };
}

function finite(value: number): number | null {
  return value === Infinity ? null : value;
}

function loadText(flags: LoadFlags, kind: 'closed' | 'open', trace: string | undefined): string {
  if (trace !== undefined) return `the trace, ${trace}, at ${flags.speed} times its speed`;
  const what = `${flags.workload} prompts`;
  if (kind === 'closed') return `${what}, ${flags.concurrency ?? 1} in flight`;
  return flags.stages === undefined
    ? `${what}, ${flags.rate} a second, ${flags.arrivals} arrivals`
    : `${what}, by stages ${flags.stages}`;
}
