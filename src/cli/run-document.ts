import type { ChatExchange } from '../net/chat-exchange.ts';
import type { MockVerdict } from '../run/mock-scenario.ts';
import type { MockStack } from '../stack/mock-stack.ts';
import type { StackMember } from '../stack/options.ts';
import type { ExitCode } from './exit-codes.ts';

/** Everything a finished run has to say. */
export interface RunSummary {
  verdict: MockVerdict;
  members: readonly StackMember[];
  workDir: string;
  /** Whether the work directory is still there. */
  isKept: boolean;
  durationMs: number;
  exitCode: ExitCode;
}

/** `kvcache.run/v1`. */
export function runDocument({ verdict, members, ...summary }: RunSummary): object {
  return {
    schema: 'kvcache.run/v1',
    scenario: 'mock',
    outcome: verdict.outcome,
    exitCode: summary.exitCode,
    checks: verdict.checks,
    responses: verdict.exchanges.map(responseOf),
    stats: verdict.stats,
    members: members.map((member) => ({
      title: member.title,
      ...addressOf(member),
      logPath: member.logPath,
    })),
    workDir: summary.isKept ? summary.workDir : null,
    durationMs: Math.round(summary.durationMs),
  };
}

/** The one line that says everything is up. */
export function readyDocument(stack: MockStack, workDir: string): object {
  return {
    ready: true,
    controller: readyAddress(stack.controller),
    engines: [readyAddress(stack.engineA), readyAddress(stack.engineB)],
    gateway: readyAddress(stack.gateway),
    workDir,
  };
}

function readyAddress(member: StackMember): object {
  return { ready: true, ...addressOf(member) };
}

function addressOf({ role, id, url, metricsUrl, adminUrl, pid }: StackMember): object {
  return { role, id, url, metricsUrl, adminUrl, pid };
}

function responseOf({ status, body, servedBy, latencyMs }: ChatExchange): object {
  return { status, body, servedBy: servedBy ?? null, latencyMs };
}
