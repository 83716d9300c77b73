import { assembleGatewayConfig } from './assemble.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { type GatewayFile, gatewaySchema } from './gateway-schema.ts';
import { type ConfigIssue, configInvalid, makeIssue, sortIssues } from './issue.ts';
import { lintGatewayConfig } from './lint/lint.ts';
import { readYaml } from './read.ts';
import { parseTemplate } from './template.ts';
import type { YamlSource } from './yaml-source.ts';

/** A gateway config with everything there is to say about its file. */
export interface LoadedGatewayConfig {
  config: GatewayConfig;
  /** In file order. After `loadGatewayConfig`: warnings and infos only. */
  issues: ConfigIssue[];
}

/**
 * Reads a Pixiu `conf.yaml` with our own `x-kvcache` settings. Pure and synchronous: fit for a
 * reload while requests run.
 * @throws KvcacheError CONFIG_INVALID (kind usage); its details are the errors with their positions
 */
export function loadGatewayConfig(source: YamlSource): LoadedGatewayConfig {
  const { config, issues } = examineGatewayConfig(source);
  if (config === undefined || issues.some(({ severity }) => severity === 'error')) {
    throw configInvalid(source.file, issues);
  }
  return { config, issues };
}

/** The same without throwing; `config` is undefined only when the file is empty or no YAML. */
export function examineGatewayConfig(source: YamlSource): {
  config: GatewayConfig | undefined;
  issues: ConfigIssue[];
} {
  const { value, issues, places } = readYaml<GatewayFile>(gatewaySchema, source);
  const all = [...extensionIssues(source.file), ...variableIssues(source), ...issues];
  if (value === undefined) return { config: undefined, issues: all };
  const config = assembleGatewayConfig(value);
  all.push(...lintGatewayConfig({ file: value, config, places }));
  return { config, issues: sortIssues(withoutEchoes(all)) };
}

function extensionIssues(file: string): ConfigIssue[] {
  if (/\.ya?ml$/i.test(file)) return [];
  const at = { path: '', place: { file, line: 1, column: 1 } };
  return [makeIssue('file-extension', at, { message: `${file} does not end in .yml or .yaml.` })];
}

function variableIssues(source: YamlSource): ConfigIssue[] {
  return parseTemplate(source).parts.flatMap((part) => {
    if (part.kind !== 'variable') return [];
    const { name, place } = part;
    const message = `${name} is not filled in.`;
    return [makeIssue('unrendered-variable', { path: '', place }, { message })];
  });
}

/** A block reused by an alias is read once per use; what is wrong with it is said once. */
function withoutEchoes(issues: readonly ConfigIssue[]): ConfigIssue[] {
  const keyed = issues.map((issue) => {
    const { line, column } = issue.place;
    return [`${issue.rule} ${line}:${column} ${issue.message}`, issue] as const;
  });
  return [...new Map(keyed.toReversed()).values()].toReversed();
}
