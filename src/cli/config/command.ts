import type { Command } from 'commander';
import type { RunAction } from '../shell/action.ts';
import { configInitCommand } from './init/command.ts';
import { configRenderCommand } from './render/command.ts';
import { configSchemaCommand } from './schema/command.ts';
import { configValidateCommand } from './validate/command.ts';

/** `kvcache config …`: everything about the gateway's config file. */
export function configCommand(command: Command, run: RunAction): void {
  command
    .addCommand(configRenderCommand(run))
    .addCommand(configValidateCommand(run))
    .addCommand(configInitCommand(run))
    .addCommand(configSchemaCommand(run));
}
