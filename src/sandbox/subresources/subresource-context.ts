import type { SandboxClock } from '../controllers/process-context.js';
import { VMIS, VMS } from '../controllers/reconciliation.js';
import type { NodeDriver } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import type { SubresourceRequest, SubresourceResponse } from '../wire/extension.js';
import { badRequest, notFound } from './kubevirt-refusals.js';

export interface SubresourceContext {
  store: ObjectStore;
  driver: NodeDriver;
  clock: SandboxClock;
}

/** virt-api answers a change with 202 for machines and 200 for instances, and no body. */
export const ACCEPTED: SubresourceResponse = { code: 202 };
export const OK: SubresourceResponse = { code: 200 };

export function machineOf({ store }: SubresourceContext, request: SubresourceRequest): KubeObject {
  const vm = store.get(VMS, request.namespace, request.name);
  if (!vm) throw notFound('virtualmachine', request.name);
  return vm;
}

export function findInstance(
  { store }: SubresourceContext,
  request: SubresourceRequest,
): KubeObject | undefined {
  return store.get(VMIS, request.namespace, request.name);
}

export function instanceOf(context: SubresourceContext, request: SubresourceRequest): KubeObject {
  const vmi = findInstance(context, request);
  if (!vmi) throw notFound('virtualmachineinstance', request.name);
  return vmi;
}

/** The options in the body; none is as good as empty ones. */
export function optionsOf(request: SubresourceRequest): Untyped {
  const { body } = request;
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw badRequest('Can not unmarshal Request body to struct, error: the body is not an object');
  }
  return body;
}

/** Whether the request is only to be tried. Refuses what Kubernetes does not know. */
export function isDryRun(options: Untyped): boolean {
  const wanted: unknown[] = options.dryRun ?? [];
  if (!Array.isArray(wanted) || wanted.some((one) => one !== 'All')) {
    throw badRequest(`Invalid value: ${JSON.stringify(options.dryRun)}: supported values: "All"`);
  }
  return wanted.length > 0;
}
