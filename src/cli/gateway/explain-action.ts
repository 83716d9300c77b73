import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { KvcacheError, messageOf } from '../../base/errors.ts';
import { parseOrigin, redactUrl } from '../../base/origin.ts';
import type { Explanation } from '../../gateway/filters/kvcache/explain.ts';
import type { ShadowChoice } from '../../gateway/filters/kvcache/shadows.ts';
import { jsonOf, refusal } from '../../net/answer.ts';
import { callHttp } from '../../net/call.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { durationMs } from '../shell/options.ts';

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
    throw refusal(answer, redactUrl(url), {
      code: 'EXPLAIN_REFUSED',
      message: `The gateway does not explain this request (HTTP ${answer.status}).`,
      remedy: "Check that --admin-url is the admin listener's and that a route matches --path.",
    });
  }
  const document = jsonOf(answer, url) as ExplainDocument;
  context.stdout.write(options.json ? `${JSON.stringify(document)}\n` : explanationText(document));
  return ExitCode.pass;
}

async function requestBody(options: GatewayExplainOptions, context: CliContext): Promise<unknown> {
  if (options.body === undefined) {
    if (options.prompt === undefined) throw bodyError('Neither --prompt nor --body is given.');
    return {
      ...(options.model !== undefined && { model: options.model }),
      messages: [{ role: 'user', content: options.prompt }],
    };
  }
  try {
    const isStdin = options.body === '-';
    return JSON.parse(
      isStdin
        ? await text(process.stdin)
        : await readFile(resolve(context.cwd, options.body), 'utf8'),
    );
  } catch (error) {
    throw bodyError(`The request body cannot be read: ${messageOf(error)}.`);
  }
}

function bodyError(message: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'BODY_INVALID',
    message,
    remedy: 'Give a text with --prompt, or a JSON request body with --body FILE.',
  });
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
  return `${lines.join('\n')}\n`;
}

function shadowText({ policy, reason, endpointId, cachedTokens }: ShadowChoice): string {
  const held = cachedTokens === null ? '' : `, which would hold ${cachedTokens} tokens`;
  return `shadow     ${policy}: ${endpointId ?? 'lb_policy'}${held}, because: ${reason}`;
}
