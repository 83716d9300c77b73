import type { CliContext } from '../shell/context.ts';

/** Where a gateway serves. */
export interface Announced {
  id: string;
  url: string;
  urls: readonly string[];
  metricsUrl: string | undefined;
  adminUrl: string | undefined;
}

/** One line for people, or for machines. */
export function announce(serving: Announced, isJson: boolean, context: CliContext): void {
  const { id, url, urls, metricsUrl, adminUrl } = serving;
  if (isJson) {
    const line = {
      ready: true,
      role: 'gateway',
      id,
      url,
      metricsUrl: metricsUrl ?? null,
      adminUrl: adminUrl ?? null,
      pid: process.pid,
    };
    context.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const extras = [metricsUrl && `metrics ${metricsUrl}`, adminUrl && `admin ${adminUrl}`];
  context.stderr.write(
    `gateway ready on ${[urls.join(', '), ...extras.filter(Boolean)].join(', ')}\n`,
  );
}
