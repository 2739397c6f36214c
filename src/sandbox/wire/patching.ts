import jsonPatch, { type Operation } from 'fast-json-patch';
import jsonMergePatch from 'json-merge-patch';
import { mutableCopy } from '../store/frozen-copy.js';
import type { KubeObject } from '../store/kube-object.js';
import { badRequest } from '../store/refusals.js';
import type { ResourceKind } from '../store/resource-kind.js';
import { StatusError } from '../store/status-error.js';
import { parseJson, unsupportedMediaType } from './body-codec.js';
import { strategicMerge } from './strategic-merge.js';

export const APPLY_PATCH = 'application/apply-patch+yaml';
const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
const MAX_OPERATIONS = 10_000;

const patchTypes = (kind: ResourceKind) =>
  kind.custom
    ? [JSON_PATCH, MERGE_PATCH, APPLY_PATCH]
    : [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH];

/** @throws StatusError 415; CRDs take no strategic merge patch. */
export function checkPatchType(kind: ResourceKind, type: string): void {
  if (!patchTypes(kind).includes(type)) throw unsupportedMediaType(patchTypes(kind));
}

function parsePatch(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : error}`);
  }
}

/** A patch that cannot be applied, in the words of the API server (422, details empty). */
const unprocessable = () =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

function applyJsonPatch(object: KubeObject, operations: unknown): KubeObject {
  if (!Array.isArray(operations))
    throw badRequest('error decoding patch: a JSON patch is a list of operations');
  if (operations.length > MAX_OPERATIONS)
    throw new StatusError(
      413,
      'RequestEntityTooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
      {},
    );
  try {
    return jsonPatch.applyPatch(object, operations as Operation[], true, true, true).newDocument;
  } catch {
    throw unprocessable();
  }
}

/**
 * The object after the patch (never server-side apply). The object given stays as it is.
 * @throws StatusError 400 for a text that is no patch, 422 for one that cannot be applied.
 */
export function applyPatch(type: string, object: KubeObject, text: string): KubeObject {
  const patch = parsePatch(text);
  const copy = mutableCopy(object);
  if (type === JSON_PATCH) return applyJsonPatch(copy, patch);
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch))
    throw badRequest('error decoding patch: a merge patch is an object');
  if (type === MERGE_PATCH) return jsonMergePatch.apply(copy, patch) as KubeObject;
  return strategicMerge(copy, patch as Record<string, unknown>) as unknown as KubeObject;
}
