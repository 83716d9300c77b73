import { resolve } from 'node:path';
import { readConfigFile } from '../../../config/files.ts';
import {
  countIssues,
  type FileIssues,
  issuesAsJson,
  issuesAsSarif,
  issuesAsText,
} from '../../../config/issue-formats.ts';
import { examineGatewayConfig } from '../../../config/load.ts';
import { configDocument } from '../document.ts';
import type { CliContext } from '../../shell/context.ts';
import { ExitCode } from '../../shell/exit-codes.ts';

export interface ConfigValidateFlags {
  files: string[];
  format: 'text' | 'json' | 'sarif';
  strict?: boolean;
  json?: boolean;
}

/** @throws KvcacheError as `readConfigFile` (kind usage) */
export async function configValidate(
  { files, format, json, strict }: ConfigValidateFlags,
  { cwd, stdout }: CliContext,
): Promise<ExitCode> {
  const found: FileIssues[] = [];
  for (const file of files) {
    const source = readConfigFile(resolve(cwd, file), file);
    found.push({ file, issues: examineGatewayConfig(source).issues });
  }
  const exitCode = exitCodeOf(found, strict === true);
  switch (json ? 'json' : format) {
    case 'text':
      stdout.write(issuesAsText(found));
      break;
    case 'json':
      stdout.write(configDocument('validate', exitCode, { files: issuesAsJson(found) }));
      break;
    case 'sarif':
      stdout.write(`${JSON.stringify(issuesAsSarif(found), null, 2)}\n`);
      break;
  }
  return exitCode;
}

function exitCodeOf(files: readonly FileIssues[], isStrict: boolean): ExitCode {
  const issues = files.flatMap((file) => file.issues);
  if (countIssues(issues, 'error') > 0) return ExitCode.usage;
  return isStrict && countIssues(issues, 'warning') > 0 ? ExitCode.checkFailed : ExitCode.pass;
}
