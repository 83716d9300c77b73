import { KvcacheError, messageOf } from '../../base/errors.ts';
import { readConfigFile } from '../../config/files.ts';
import type { GatewayConfig } from '../../config/gateway-config.ts';
import { type ConfigIssue } from '../../config/issue.ts';
import { formatPlace } from '../../schema/node.ts';
import { loadGatewayConfig } from '../../config/load.ts';
import type { RunningGateway } from '../../gateway/gateway.ts';
import type { CliContext } from '../shell/context.ts';
import { formatError } from '../shell/error-report.ts';
import { onFileChange } from '../shell/file-change.ts';
import type { GatewayLog } from './log.ts';

/** A reader of the log must still find what else happened. */
const ISSUES_TOLD_MAX = 100;

/**
 * The file's config; what else is worth knowing about the file goes to the log.
 * @throws KvcacheError CONFIG_INVALID, and as `readConfigFile` (kind usage)
 */
export function readGatewayConfig(file: string, log: GatewayLog): GatewayConfig {
  const { config, issues } = loadGatewayConfig(readConfigFile(file));
  for (const issue of issues.slice(0, ISSUES_TOLD_MAX)) {
    log(issue.severity === 'info' ? 'info' : 'warn', issueLine(issue));
  }
  const more = issues.length - ISSUES_TOLD_MAX;
  if (more > 0) log('warn', `${more} more; "kvcache config validate ${file}" lists all`);
  return config;
}

function issueLine(issue: ConfigIssue): string {
  const { place, rule, message, effect, remedy } = issue;
  return `${formatPlace(place)} ${message} ${effect} → ${remedy} [${rule}]`;
}

/** Reloads on SIGHUP and when the file changes. A bad new config changes nothing and is explained. */
export function watchGatewayConfig(
  file: string,
  running: { gateway: RunningGateway; log: GatewayLog; context: CliContext },
): { reload: () => void; stop: () => void } {
  const { gateway, log, context } = running;
  // One after the other: two changes in a row must not come into force in the wrong order.
  let last: Promise<void> | undefined;
  const reloadAfter = async (previous: Promise<void> | undefined): Promise<void> => {
    await previous;
    try {
      await gateway.reload(readGatewayConfig(file, log));
      log('info', `reloaded ${file}`);
    } catch (error) {
      const why = error instanceof KvcacheError ? formatError(error).trimEnd() : messageOf(error);
      log('error', `the old config stays in force: ${why}`);
    }
  };
  const reload = (): void => {
    last = reloadAfter(last);
  };
  context.onHangup(reload);
  return { reload, stop: onFileChange(file, reload) };
}
