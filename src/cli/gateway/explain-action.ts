import { printable, printableJson } from '../../base/printable.ts';
import { resolve } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { parseOrigin, redactUrl } from '../../base/origin.ts';
import { readTextFile, TEXT_BYTES_MAX } from '../../base/text-file.ts';
import type { Explanation } from '../../gateway/filters/kvcache/explain.ts';
import type { ShadowChoice } from '../../gateway/filters/kvcache/shadows.ts';
import { jsonOf, seen } from '../../net/answer.ts';
import { callHttp } from '../../net/call.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { durationMs } from '../shell/options.ts';
import { cliError } from '../shell/errors.ts';

export interface GatewayExplainOptions {
  adminUrl: string;
  prompt?: string;
  body?: string;
  model?: string;
  path: string;
  timeout: string;
  json?: boolean;
}

type ExplainDocument = Explanation & { schema: string; listener: string; cluster: string };

/** Asks a running gateway's admin listener and prints what it says. */
export async function gatewayExplain(
  options: GatewayExplainOptions,
  context: CliContext,
): Promise<ExitCode> {
  const url = `${parseOrigin(options.adminUrl, '--admin-url').url}/explain?path=${encodeURIComponent(options.path)}`;
  const answer = await callHttp({
    url,
    json: await requestBody(options, context),
    timeoutMs: durationMs('--timeout')(options.timeout),
    signal: context.signal,
  });
  if (answer.status !== 200) {
    throw cliError('EXPLAIN_REFUSED', {
      ...seen(answer, redactUrl(url)),
      message: `The gateway does not explain this request (HTTP ${answer.status}).`,
    });
  }
  const document = jsonOf(answer, url) as ExplainDocument;
  context.stdout.write(options.json ? `${printableJson(document)}\n` : explanationText(document));
  return ExitCode.pass;
}

async function requestBody(options: GatewayExplainOptions, context: CliContext): Promise<unknown> {
  if (options.body === undefined) {
    if (options.prompt === undefined)
      throw cliError('BODY_INVALID', { message: 'Neither --prompt nor --body is given.' });
    return {
      ...(options.model !== undefined && { model: options.model }),
      messages: [{ role: 'user', content: options.prompt }],
    };
  }
  const body =
    options.body === '-'
      ? await context.readStdin()
      : readTextFile(resolve(context.cwd, options.body), {
          shown: options.body,
          bytesMax: TEXT_BYTES_MAX,
        });
  try {
    return JSON.parse(body);
  } catch (error) {
    throw cliError('BODY_INVALID', {
      message: `The request body cannot be read: ${messageOf(error)}.`,
    });
  }
}

function explanationText(it: ExplainDocument): string {
  const lines = [
    `cluster    ${it.cluster} (listener ${it.listener})`,
    `policy     ${it.policy ?? 'none: no routing filter is on'}`,
    `decision   ${it.endpointId ?? "left to the cluster's lb_policy"}, because: ${it.reason}${it.cause === null ? '' : ` (${it.cause})`}`,
    `tokens     ${it.tokens === null ? 'not counted' : `${it.tokens.count} (from ${it.tokens.from})`}`,
    `predicted  ${it.predictedCachedTokens === null ? 'unknown' : `${it.predictedCachedTokens} cached tokens`}`,
  ];
  if (it.dialect !== null) lines.push(`controller speaks ${JSON.stringify(it.dialect)}`);
  if (it.parting !== null) {
    const { part, at, unit } = it.parting;
    lines.push(`parting    leaves what was sent before in ${part}, ${unit} ${at}`);
  }
  if (it.failure !== null) lines.push(`failure    ${it.failure}`);
  for (const endpoint of it.endpoints) {
    const { endpointId, address, matchedTokens, inFlight, score, why } = endpoint;
    lines.push(
      `  ${endpointId} ${address}  matched ${matchedTokens}, in flight ${inFlight}, ` +
        `score ${score ?? '-'}: ${why}`,
    );
  }
  lines.push(...it.shadow.map(shadowText));
  return `${lines.map(printable).join('\n')}\n`;
}

function shadowText({ policy, reason, endpointId, cachedTokens }: ShadowChoice): string {
  const held = cachedTokens === null ? '' : `, which would hold ${cachedTokens} tokens`;
  return `shadow     ${policy}: ${endpointId ?? 'lb_policy'}${held}, because: ${reason}`;
}
