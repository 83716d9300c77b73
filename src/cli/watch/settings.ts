import { resolve } from 'node:path';
import { formatDuration } from '../../base/duration.ts';
import { parseHttpUrl, parseOrigin } from '../../base/origin.ts';
import { type ListenAddress, parseListenAddress } from '../../net/listen.ts';
import { accessOf } from '../../target/access.ts';
import { resolveEngines } from '../../target/engine-settings.ts';
import { kvEventSources } from '../../target/kv-event-settings.ts';
import { SettingReader, type SettingSource } from '../../target/setting-reader.ts';
import type { FleetTargets } from '../../watch/read-fleet.ts';
import { parseProbePlan, type ProbePlan } from '../../watch/probe/plan.ts';
import { AROUND_MS } from '../../watch/day-past.ts';
import { PAST_MIN } from '../../watch/reference.ts';
import { BUCKETS_PER_WINDOW } from '../../watch/tracker.ts';
import type { CliContext } from '../shell/context.ts';
import { cliError } from '../shell/errors.ts';
import { WATCH_FLAGS, type WatchFlags, YESTERDAY } from './flags.ts';

export interface WatchSettings {
  targets: FleetTargets;
  intervalMs: number;
  windowMs: number;
  /** Absolute. */
  baselinePath: string | undefined;
  historyPath: string | undefined;
  /** Compared with the day before. */
  isByDay: boolean;
  /** The file of --config, absolute. */
  filePath: string | undefined;
  isOnce: boolean;
  listenAt: ListenAddress | undefined;
  webhookUrl: string | undefined;
  probe: { plan: ProbePlan; gatewayUrl: string; model: string } | undefined;
  sources: readonly SettingSource[];
}

/** @throws KvcacheError FLAG_INVALID, and as every address that is given (kind usage) */
export function watchSettings(flags: WatchFlags, context: CliContext): WatchSettings {
  const { env, cwd } = context;
  const reader = new SettingReader(flags, env);
  const read = reader.from(WATCH_FLAGS);
  const engines = resolveEngines(reader, env);
  if (engines.length === 0) {
    throw cliError('FLAG_INVALID', {
      message: 'No engine is given to be watched.',
      remedy: 'Give each with --vllm URL or --engine ID=URL.',
    });
  }
  const [intervalMs, windowMs] = [read('interval'), read('window')];
  if (windowMs < BUCKETS_PER_WINDOW * intervalMs) {
    throw cliError('FLAG_INVALID', {
      message: `A window of ${formatDuration(windowMs)} has fewer than ${BUCKETS_PER_WINDOW} readings.`,
      remedy: 'Give a longer --window, or a shorter --interval.',
    });
  }
  const [listen, webhook] = [read('listen'), read('webhook')];
  const metricsUrl = read('metricsUrl');
  return {
    targets: {
      engines,
      gatewayMetricsUrl:
        metricsUrl === undefined ? null : parseHttpUrl(metricsUrl, "the gateway's metrics").href,
      kvEvents: kvEventSources(read('kvEvents'), engines),
      access: accessOf(
        {
          apiKeyEnv: read('apiKeyEnv'),
          header: read('header'),
          cacert: read('cacert'),
          insecure: read('insecure'),
        },
        context,
      ),
      timeoutMs: read('timeout'),
    },
    intervalMs,
    windowMs,
    ...pastOf({ baseline: read('baseline'), history: read('history'), windowMs }, cwd),
    filePath: flags.config === undefined ? undefined : resolve(cwd, flags.config),
    isOnce: flags.once === true,
    listenAt: listen === undefined ? undefined : parseListenAddress(listen, '--listen'),
    webhookUrl: webhook === undefined ? undefined : parseHttpUrl(webhook, '--webhook').href,
    probe: probeOf({ gateway: read('gateway'), probe: read('probe'), model: read('model') }),
    sources: reader.sources,
  };
}

/** Buckets of a longer window are too few in the two hours around the same time yesterday. */
const BY_DAY_WINDOW_MS_MAX = (2 * AROUND_MS * BUCKETS_PER_WINDOW) / PAST_MIN;

function pastOf(
  given: { baseline: string | undefined; history: string | undefined; windowMs: number },
  cwd: string,
): Pick<WatchSettings, 'baselinePath' | 'historyPath' | 'isByDay'> {
  const { baseline, history, windowMs } = given;
  const isByDay = baseline === YESTERDAY;
  if (isByDay && history === undefined) {
    throw cliError('FLAG_INVALID', {
      message: '--baseline yesterday does not know where yesterday is kept.',
      remedy: 'Give --history FILE; 25 hours after the first call with it there is a yesterday.',
    });
  }
  if (isByDay && windowMs > BY_DAY_WINDOW_MS_MAX) {
    throw cliError('FLAG_INVALID', {
      message: `With windows of ${formatDuration(windowMs)} an hour has too few values to compare with.`,
      remedy: `Give a --window of at most ${formatDuration(BY_DAY_WINDOW_MS_MAX)}.`,
    });
  }
  const pathOf = (file: string | undefined) =>
    file === undefined ? undefined : resolve(cwd, file);
  return {
    isByDay,
    historyPath: pathOf(history),
    baselinePath: isByDay ? undefined : pathOf(baseline),
  };
}

function probeOf(given: {
  gateway: string | undefined;
  probe: string | undefined;
  model: string;
}): WatchSettings['probe'] {
  const { gateway, probe, model } = given;
  if (gateway === undefined && probe === undefined) return undefined;
  if (gateway === undefined || probe === undefined) {
    throw cliError('FLAG_INVALID', {
      message:
        probe === undefined
          ? 'Nothing is sent to --gateway without --probe.'
          : '--probe does not know where to send its prompts.',
      remedy: 'Give both --gateway URL and --probe, or neither.',
    });
  }
  const gatewayUrl = parseOrigin(gateway, '--gateway').url;
  return { plan: parseProbePlan(probe), gatewayUrl, model };
}
