import { resolve } from 'node:path';
import { readConfigFile, writePrivateFile } from '../../../config/files.ts';
import { maskSecrets } from '../../../config/mask.ts';
import { renderTemplate, type Variables } from '../../../config/render.ts';
import { readShippedConfig } from '../../../config/shipped.ts';
import { type ValueSource, targetVariables } from '../../../config/target.ts';
import { configDocument } from '../document.ts';
import type { CliContext } from '../../shell/context.ts';
import { ExitCode } from '../../shell/exit-codes.ts';
import { cliError } from '../../shell/errors.ts';

export interface ConfigRenderFlags {
  /** File; undefined is the shipped one. */
  template?: string | undefined;
  output?: string;
  set?: string[];
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

const SHIPPED = 'real-engine.yaml.tmpl';

interface Outcome {
  text: string;
  masked: { text: string; count: number };
  variables: { name: string; origin: ValueSource | 'template' }[];
}

/**
 * Prints the filled template with its secrets masked, or writes it to a private file.
 * @throws KvcacheError TEMPLATE_INVALID, URL_INVALID, SET_INVALID, FILE_UNREADABLE,
 *   FILE_NOT_WRITTEN (kind usage)
 */
export async function configRender(
  flags: ConfigRenderFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { cwd, env } = context;
  const { template } = flags;
  const source =
    template === undefined
      ? { ...readShippedConfig(SHIPPED), file: SHIPPED }
      : readConfigFile(resolve(cwd, template), template);
  const { values, origins } = targetVariables({ ...env, ...assignments(flags.set ?? []) });
  const { text, used } = renderTemplate(source, values);
  const usedValues = Object.fromEntries(used.map((name) => [name, values[name]]));
  const outcome: Outcome = {
    text,
    masked: maskSecrets(text, usedValues),
    variables: used.map((name) => ({ name, origin: origins[name] ?? 'template' })),
  };
  if (flags.output !== undefined) {
    await writePrivateFile(resolve(cwd, flags.output), text, { overwrite: true });
  }
  report(outcome, flags, context);
  return ExitCode.pass;
}

function report(
  { masked, variables }: Outcome,
  flags: ConfigRenderFlags,
  { stdout, stderr }: CliContext,
): void {
  const { output } = flags;
  if (flags.json) {
    const body = { output: output ?? null, variables, maskedSecrets: masked.count };
    const text = output === undefined ? masked.text : null;
    stdout.write(configDocument('render', ExitCode.pass, { ...body, text }));
  } else if (output === undefined) {
    stdout.write(masked.text);
  }
  if (flags.quiet) return;
  if (flags.verbose) {
    for (const { name, origin } of variables) stderr.write(`${name}: ${ORIGIN_TEXT[origin]}\n`);
  }
  if (output !== undefined) stderr.write(`Wrote ${output}, readable by its owner only.\n`);
  else if (masked.count > 0) {
    stderr.write(`${masked.count} secret(s) masked as ***; -o FILE writes them out.\n`);
  }
}

const ORIGIN_TEXT: Readonly<Record<ValueSource | 'template', string>> = {
  given: 'given by --set or the environment',
  derived: 'follows from another variable',
  default: 'built-in default',
  template: 'default written in the template',
};

function assignments(texts: readonly string[]): Variables {
  return Object.fromEntries(
    texts.map((text) => {
      const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text);
      if (match) return [match[1]!, match[2]!];
      // The text is not repeated: it may be a secret that was meant for somewhere else.
      throw cliError('SET_INVALID');
    }),
  );
}
