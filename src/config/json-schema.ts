import { gatewaySchema } from './gateway-schema.ts';
import type {
  ListSchema,
  ObjectSchema,
  ScalarSchema,
  Schema,
  VariantSchema,
} from '../schema/describe.ts';

export type JsonSchema = { [key: string]: unknown };

const DURATION = String.raw`^[+-]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$`;

/** JSON Schema (draft 7) of a gateway config, for editors with a YAML language server. */
export function gatewayJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Gateway config (Pixiu conf.yaml, LLM path, with x-kvcache)',
    ...jsonSchemaOf(gatewaySchema),
  };
}

function jsonSchemaOf(schema: Schema<unknown>): JsonSchema {
  const description = describe(schema);
  switch (schema.kind) {
    case 'scalar':
      return { description, ...scalarSchema(schema) };
    case 'object':
      return { description, ...objectSchema(schema) };
    case 'list':
      return { description, ...listSchema(schema) };
    case 'variant':
      return { description, ...variantSchema(schema) };
    case 'map':
      return {
        description,
        type: ['object', 'null'],
        additionalProperties: { type: ['string', 'number', 'boolean'] },
      };
    case 'any':
      return { description };
  }
}

function describe({ doc, status }: Schema<unknown>): string {
  return status ? `${doc} (${status.why}.)` : doc;
}

function scalarSchema(schema: ScalarSchema<unknown>): JsonSchema {
  const shown = defaultOf(schema);
  const choices = schema.oneOf ?? schema.suggested;
  if (choices) return { enum: [...choices, null], ...shown };
  switch (schema.type) {
    case 'boolean':
      return { type: ['boolean', 'null'], ...shown };
    case 'integer':
    case 'number':
      return { ...numberSchema(schema), ...shown };
    case 'duration': {
      const units = { type: ['string', 'null'], pattern: DURATION };
      const isNumberToo = schema.bareUnitMs !== undefined;
      return { ...(isNumberToo ? { anyOf: [units, { type: 'number' }] } : units), ...shown };
    }
    case 'share':
    case 'text':
      // Boot files take any scalar as text: an id of 1 is the text "1".
      return { type: ['string', 'number', 'boolean', 'null'], ...shown };
  }
}

function defaultOf({ type, fallback, shown }: ScalarSchema<unknown>): JsonSchema {
  if (fallback === undefined || shown === '') return {};
  return { default: type === 'text' || type === 'duration' ? shown : fallback };
}

function numberSchema(schema: ScalarSchema<unknown>): JsonSchema {
  const { min, max, lenient } = schema;
  return {
    type: [schema.type, ...(lenient ? ['string'] : []), 'null'],
    ...(min !== undefined && { minimum: min }),
    ...(max !== undefined && { maximum: max }),
  };
}

function listSchema(schema: ListSchema<unknown>): JsonSchema {
  return { type: ['array', 'null'], items: jsonSchemaOf(schema.item) };
}

function objectSchema(schema: ObjectSchema<unknown>): JsonSchema {
  const fields = Object.entries(schema.fields).filter(
    ([, { status }]) => status?.kind !== 'misplaced' && status?.kind !== 'unsupported',
  );
  const properties = Object.fromEntries(fields.map(([key, field]) => [key, jsonSchemaOf(field)]));
  const required = fields.filter(([, { required }]) => required).map(([key]) => key);
  return {
    type: ['object', 'null'],
    properties,
    additionalProperties: false,
    ...(required.length > 0 && { required }),
  };
}

function variantSchema(schema: VariantSchema<unknown>): JsonSchema {
  return {
    type: 'object',
    required: ['name'],
    anyOf: Object.entries(schema.variants).map(([name, body]) => ({
      properties: { name: { const: name }, config: jsonSchemaOf(body) },
      additionalProperties: false,
    })),
  };
}
