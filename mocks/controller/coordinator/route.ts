import type { JsonRecord } from '../../../src/base/json.ts';
import type { Answer } from '../../python/fastapi.ts';
import type { ControllerWire } from '../wire/controller-wire.ts';
import type { Model } from '../../python/models.ts';

/** One operation of the coordinator, as FastAPI routes it. */
export interface CoordinatorRoute {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `{name}` stands for one segment. */
  path: string;
  body?: Model;
  query?: Model;
  /** Over all members of a valid body. */
  check?: (body: never) => string | undefined;
  run(wire: ControllerWire, input: RouteInput): Answer | Promise<Answer>;
}

/** What a request says, validated. */
export interface RouteInput {
  body: JsonRecord;
  query: JsonRecord;
  /** By the names in the path. */
  params: Readonly<Record<string, string>>;
}

/** An HTTPException of a handler. */
export function refusal(status: number, detail: string): Answer {
  return { status, body: { detail } };
}
