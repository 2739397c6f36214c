import { parse } from 'yaml';
import type { NewObject } from '../store/kube-object.js';
import { badRequest } from '../store/refusals.js';
import { groupVersion, type ResourceKind } from '../store/resource-kind.js';
import { StatusError } from '../store/status-error.js';
import { decodeProtobuf, PROTOBUF_TYPE } from './protobuf/decode-protobuf.js';

export const unsupportedMediaType = (accepted: string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

const BODY_TYPES = ['application/json', 'application/yaml', PROTOBUF_TYPE];

/** Go's words for a JSON text that does not parse, as far as clients are likely to meet them. */
function jsonComplaint(text: string, error: unknown): string {
  if (text.trim() === '') return 'unexpected end of JSON input';
  const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (position === undefined || Number(position) >= text.trimEnd().length)
    return 'unexpected end of JSON input';
  return `invalid character '${text[Number(position)]}' looking for beginning of value`;
}

export const mediaType = (contentType: string | undefined): string =>
  (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

/** A key that would reach JavaScript's prototypes when objects are merged; no field of Kubernetes has the name. */
function refusePrototype(key: unknown, value: unknown): unknown {
  if (key === '__proto__') throw badRequest('a field cannot be called __proto__');
  return value;
}

/** JSON without `__proto__`. @throws SyntaxError, or StatusError 400. */
export const parseJson = (text: string): unknown => JSON.parse(text, refusePrototype);

/** A message of a kind that is not known here is refused like an unknown form: the client may send JSON. */
function decodeMessage(body: Buffer, expected: string): unknown {
  let object: unknown;
  try {
    object = decodeProtobuf(body);
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected}): ${error instanceof Error ? error.message : error}`,
    );
  }
  if (object === undefined) throw unsupportedMediaType(['application/json', 'application/yaml']);
  return object;
}

/** The body as plain data. @throws StatusError 415 for a type that is not JSON or YAML, 400 for a broken text. */
export function decodeBody(body: Buffer, contentType: string | undefined, expected: string): unknown {
  const type = mediaType(contentType);
  if (type === PROTOBUF_TYPE) return decodeMessage(body, expected);
  const text = body.toString('utf8');
  if (type === 'application/yaml' || type === 'text/yaml') {
    try {
      return parse(text, refusePrototype, { maxAliasCount: 100 });
    } catch (error) {
      if (error instanceof StatusError) throw error;
      throw badRequest(`error converting YAML to JSON: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (type !== 'application/json' && type !== '') throw unsupportedMediaType(BODY_TYPES);
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected}): couldn't get version/kind; json parse error: ${jsonComplaint(text, error)} (${text.slice(0, 60)})`,
    );
  }
}

/**
 * The object of a create or update, in the version it is kept in.
 * @throws StatusError 400 if it is of another kind, version, namespace or name than the path says.
 */
export function decodeObject(
  kind: ResourceKind,
  value: unknown,
  place: { version: string; namespace?: string; name?: string },
): NewObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct { APIVersion string; Kind string }`,
    );
  const object = value as NewObject;
  const expected = groupVersion(kind.group, place.version);
  if (kind.custom && !object.kind)
    throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(object).slice(0, 200)}'`);
  if (object.kind && object.kind !== kind.kind)
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): ${object.kind} in version ${JSON.stringify(place.version)} cannot be handled as a ${kind.kind}`,
    );
  if (object.apiVersion && object.apiVersion !== expected)
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${expected})`,
    );
  object.metadata ??= {};
  const { metadata } = object;
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(place.version)} cannot be handled as a ${kind.kind}: metadata must be an object`,
    );
  if (place.namespace !== undefined) {
    if (metadata.namespace && metadata.namespace !== place.namespace)
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    metadata.namespace = place.namespace;
  }
  if (place.name !== undefined) {
    if (metadata.name && metadata.name !== place.name)
      throw badRequest(
        `the name of the object (${metadata.name}) does not match the name on the URL (${place.name})`,
      );
    metadata.name = place.name;
  }
  object.apiVersion = groupVersion(kind.group, kind.versions[0] as string);
  object.kind = kind.kind;
  return object;
}
