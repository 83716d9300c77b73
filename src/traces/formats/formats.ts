import { bailian } from './bailian.ts';
import type { TraceFormat } from './format.ts';
import { azure, burstGpt } from './lengths-only.ts';
import { mooncake } from './mooncake.ts';
import { weka } from './weka.ts';

/** The first that owns a file reads it: Bailian before Mooncake, whose members it has too. */
export const TRACE_FORMATS: readonly TraceFormat[] = [weka, bailian, mooncake, burstGpt, azure];
