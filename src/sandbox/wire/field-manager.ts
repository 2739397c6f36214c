import { invalidValue } from '../store/refusals.js';
import { groupVersion, type ResourceKind } from '../store/resource-kind.js';
import { StatusError } from '../store/status-error.js';
import { header, type ResourceCall } from './api-call.js';
import type { Write } from './managed-fields.js';

const LONGEST_NAME = 128;

/** Who writes, for managedFields: `fieldManager` of the query, or the first word of the user agent. */
export function writeOf(call: ResourceCall, kind: ResourceKind, clock: { now(): Date }): Write {
  const agent = header(call.raw, 'user-agent')?.split(/[\s/]/)[0];
  const manager = call.query.get('fieldManager') || agent || 'unknown';
  if (manager.length > LONGEST_NAME)
    throw new StatusError(
      422,
      'Invalid',
      `fieldManager: ${invalidValue('fieldManager', manager, `must be no more than ${LONGEST_NAME} characters`).message}`,
      {},
    );
  return {
    manager,
    operation: 'Update',
    apiVersion: groupVersion(kind.group, call.info.version),
    time: clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
    ...(call.info.subresource ? { subresource: call.info.subresource } : {}),
  };
}
