import { checkMigration, withMarks } from '../admission/migration-admission.js';
import { MIGRATIONS } from '../controllers/reconciliation.js';
import { StatusError } from '../store/status-error.js';
import type { SubresourceRequest, SubresourceResponse } from '../wire/extension.js';
import { conflict, internal, notFound } from './kubevirt-refusals.js';
import {
  ACCEPTED,
  findInstance,
  isDryRun,
  machineOf,
  optionsOf,
  type SubresourceContext,
} from './subresource-context.js';

/** @see KubeVirt pkg/virt-api/rest/lifecycle.go, MigrateVMRequestHandler: any denial by the webhook is a 500. */
export function migrate(context: SubresourceContext, request: SubresourceRequest): SubresourceResponse {
  const options = optionsOf(request);
  const dryRun = isDryRun(options);
  const { store } = context;
  machineOf(context, request);
  const vmi = findInstance(context, request);
  if (!vmi) throw notFound('virtualmachineinstance', request.name);
  if (vmi.status?.phase !== 'Running') {
    throw conflict('virtualmachine', request.name, 'VM is not running');
  }
  const { addedNodeSelector } = options;
  const migration = withMarks({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstanceMigration',
    metadata: { generateName: 'kubevirt-migrate-vm-', name: '', namespace: request.namespace },
    spec: { vmiName: request.name, ...(addedNodeSelector ? { addedNodeSelector } : {}) },
  });
  try {
    checkMigration(migration, request.namespace, store);
    if (!dryRun) store.create(MIGRATIONS, migration);
  } catch (error) {
    throw error instanceof StatusError ? internal(error.message) : error;
  }
  return ACCEPTED;
}
