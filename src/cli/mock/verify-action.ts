import { printableJson } from '../../base/printable.ts';
import type { JournalView } from '../../../mocks/admin/journal.ts';
import { readJournalRules } from '../../../mocks/admin/journal-rules.ts';
import { judgeRules } from '../../../mocks/admin/judge-journal.ts';
import { parseOrigin, redactUrl } from '../../base/origin.ts';
import { type Check, worstOutcome } from '../../base/outcome.ts';
import { readConfigFile } from '../../config/files.ts';
import { parseYamlNode } from '../../config/plain-yaml.ts';
import { jsonOf, seen } from '../../net/answer.ts';
import { callHttp } from '../../net/call.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { cliError } from '../shell/errors.ts';

export interface MockVerifyOptions {
  urls: string[];
  rulesFile: string;
  isJson: boolean;
}

interface JournalAnswer {
  dropped: number;
  entries: JournalView[];
}

const TIMEOUT_MS = 10_000;
const JOURNAL_BYTES_MAX = 64 * 1024 * 1024;

/** Reads the journals of the mocks and judges the rules on all of them together. */
export async function mockVerify(
  options: MockVerifyOptions,
  context: CliContext,
): Promise<ExitCode> {
  const urls = options.urls.map((url) => parseOrigin(url, 'a mock').url);
  const rules = readJournalRules(parseYamlNode(readConfigFile(options.rulesFile)));
  const journals = await Promise.all(urls.map((url) => readJournal(url, context.signal)));
  assertDistinct(journals);
  const isIncomplete = journals.some(({ dropped }) => dropped > 0);
  const checks = judgeRules(
    rules,
    journals.flatMap(({ entries }) => entries),
    isIncomplete,
  );
  const outcome = worstOutcome(checks.map((check) => check.outcome));
  const exitCode = exitCodeOfOutcome(outcome);
  const document = { schema: 'kvcache.mock-verify/v1', outcome, exitCode, checks };
  context.stdout.write(options.isJson ? `${printableJson(document)}\n` : lines(checks));
  return exitCode;
}

/** One name for two mocks would make one mock of them: a rule could not tell them apart. */
function assertDistinct(journals: readonly JournalAnswer[]): void {
  const names = journals.flatMap(({ entries }) => entries[0]?.mock ?? []);
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin === undefined) return;
  const message = `Two of the URLs have the journal of a mock called "${twin}".`;
  throw cliError('MOCK_NAME_AMBIGUOUS', { message });
}

async function readJournal(baseUrl: string, signal: AbortSignal): Promise<JournalAnswer> {
  // A ready line has both the mock's URL and that of its admin API.
  const url = `${baseUrl.replace(/\/__mock$/, '')}/__mock/journal`;
  const answer = await callHttp({
    url,
    timeoutMs: TIMEOUT_MS,
    maxBytes: JOURNAL_BYTES_MAX,
    signal,
  });
  const body = answer.status === 200 ? (jsonOf(answer, url) as Partial<JournalAnswer>) : {};
  if (Array.isArray(body.entries) && typeof body.dropped === 'number') return body as JournalAnswer;
  throw cliError('NOT_A_MOCK', {
    ...seen(answer, redactUrl(url)),
    message: `The server keeps no journal (HTTP ${answer.status}).`,
  });
}

function lines(checks: readonly Check[]): string {
  return checks
    .map(({ id, outcome, expected, actual, evidence }) => {
      const verdict = `${outcome.toUpperCase()} ${id}: expected ${expected}, saw ${actual}\n`;
      return outcome === 'pass' ? verdict : `${verdict}  ${evidence}\n`;
    })
    .join('');
}
