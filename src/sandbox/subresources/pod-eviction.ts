import { evict } from '../controllers/eviction.js';
import { type Change, VMIS } from '../controllers/reconciliation.js';
import { taintsOf } from '../controllers/taints.js';
import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import type { SubresourceRequest, SubresourceResponse, SubresourceRoute } from '../wire/extension.js';
import { badRequest, conflict, internal } from './kubevirt-refusals.js';
import {
  findInstance,
  instanceOf,
  isDryRun,
  machineOf,
  OK,
  optionsOf,
  type SubresourceContext,
} from './subresource-context.js';

const DRAIN_TAINT = 'kubevirt.io/drain';

/** POST pods/eviction, as `kubectl drain` asks: 201, or 429 as long as the pod may not go. */
export function podEviction({ store }: SubresourceContext): SubresourceRoute {
  return {
    group: '',
    versions: ['v1'],
    resource: 'pods',
    subresource: 'eviction',
    method: 'POST',
    takes: { group: 'policy', version: 'v1', kind: 'Eviction' },
    handle: (request) => evictPod(store, request),
  };
}

function evictPod(store: ObjectStore, request: SubresourceRequest): SubresourceResponse {
  const { namespace, name } = request;
  const pod = store.get('pods', namespace, name);
  if (!pod) throw new StatusError(404, 'NotFound', `pods "${name}" not found`, { name, kind: 'pods' });
  const options = optionsOf(request).deleteOptions ?? {};
  const uid: string | undefined = options.preconditions?.uid;
  if (uid !== undefined && uid !== pod.metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${pod.metadata.uid}). The object might have been deleted and then recreated`;
    throw new StatusError(409, 'Conflict', `Operation cannot be fulfilled on pods "${name}": ${why}`, {
      name,
      kind: 'pods',
    });
  }
  const { changes, refusal } = evict(
    pod,
    { get: (...of) => store.get(...of), list: (...of) => store.list(...of) },
    options.gracePeriodSeconds,
  );
  const dry = isDryRun(options) || request.query.get('dryRun') === 'All';
  if (!dry) for (const change of changes) apply(store, change);
  if (refusal) throw refusal;
  return {
    code: 201,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
  };
}

function apply(store: ObjectStore, change: Change): void {
  if (change.kind === 'update') store.update(change.resource, change.object);
  if (change.kind === 'delete') store.delete(change.resource, change.namespace, change.name, change.options);
}

/** @see KubeVirt pkg/virt-api/rest/evacuate_cancel.go (since 1.7) */
export function cancelInstanceEvacuation(
  context: SubresourceContext,
  request: SubresourceRequest,
): SubresourceResponse {
  return cancel(context, request, instanceOf(context, request));
}

export function cancelMachineEvacuation(
  context: SubresourceContext,
  request: SubresourceRequest,
): SubresourceResponse {
  machineOf(context, request);
  const vmi = findInstance(context, request);
  if (!vmi) throw conflict('virtualmachine', request.name, 'VMI is not started');
  return cancel(context, request, vmi);
}

function cancel(
  { store }: SubresourceContext,
  request: SubresourceRequest,
  vmi: KubeObject,
): SubresourceResponse {
  if (request.body === undefined || request.body === null) throw badRequest('Request with no body');
  const options = optionsOf(request);
  const dryRun = isDryRun(options);
  const marked: string | undefined = vmi.status?.evacuationNodeName;
  const node = store.get('nodes', undefined, vmi.status?.nodeName ?? '');
  if (node && taintsOf(node).some(({ key }) => key === DRAIN_TAINT)) {
    throw badRequest(`Node ${node.metadata.name} has NodeDrainTaintKey ${DRAIN_TAINT}`);
  }
  if (!marked) return OK;
  if (options.evacuationNodeName && options.evacuationNodeName !== marked) {
    throw internal('the server rejected our request due to an error in our request');
  }
  if (!dryRun) {
    const { evacuationNodeName: _left, ...status } = vmi.status;
    store.update(VMIS, { ...vmi, status });
  }
  return OK;
}
