import { randomBytes } from 'node:crypto';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { type Condition, timestamp, withCondition } from './conditions.js';
import { durationMs } from './duration.js';
import { type ExportAddress, exportLinks } from './export-links.js';
import { type ExportedSource, exportedSource } from './exported-volumes.js';
import { controlledBy } from './ownership.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  type Reconciliation,
  statusChange,
  VM_EXPORTS,
  VM_SNAPSHOTS,
  VMIS,
  VMS,
  type World,
} from './reconciliation.js';

const DEFAULT_TTL_MS = 2 * 3600 * 1000;
const LOOK_MS = 1_000;
const SECRETS = 'secrets';

/** virt-controller's part for VirtualMachineExport. `address` is known before the first object is looked at. */
export function machineExportController(address: () => ExportAddress): Controller {
  const inNamespace = (object: KubeObject, world: World) =>
    world
      .list(VM_EXPORTS, object.metadata.namespace)
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  return {
    name: 'virtualmachineexport',
    resource: VM_EXPORTS,
    reconcile: (wanted, world) => reconcileExport(wanted, world, address()),
    watches: {
      [VMS]: inNamespace,
      [VMIS]: inNamespace,
      [CLAIMS]: inNamespace,
      [VM_SNAPSHOTS]: inNamespace,
      [SECRETS]: inNamespace,
    },
  };
}

export function reconcileExport(wanted: KubeObject, world: World, address: ExportAddress): Reconciliation {
  if (wanted.metadata.deletionTimestamp) return { changes: [] };
  const { namespace, name } = wanted.metadata;
  const expires =
    Date.parse(wanted.metadata.creationTimestamp) + (durationMs(wanted.spec.ttlDuration) ?? DEFAULT_TTL_MS);
  const leftMs = expires - world.now.getTime();
  if (leftMs <= 0) return { changes: [{ kind: 'delete', resource: VM_EXPORTS, namespace, name }] };
  const secretName = wanted.spec.tokenSecretRef ?? `export-token-${name}`;
  const changes: Change[] = [];
  if (!wanted.spec.tokenSecretRef && !world.get(SECRETS, namespace, secretName)) {
    changes.push(tokenSecret(wanted, secretName));
  }
  const source = exportedSource(wanted, world);
  const status: Untyped = {
    ...wanted.status,
    tokenSecretRef: secretName,
    ttlExpirationTime: timestamp(new Date(expires)),
    serviceName: `virt-export-${name}`,
    ...(wanted.spec.source.kind === 'VirtualMachine' ? { virtualMachineName: wanted.spec.source.name } : {}),
    ...outcome(wanted, source, address),
    conditions: conditions(wanted, source, world),
  };
  if (source.state !== 'ready') delete status.links;
  changes.push(...statusChange(VM_EXPORTS, wanted, status));
  // Disks are filled, and guests end, without an object of this namespace always saying so.
  const nextLookMs = source.state === 'pending' ? Math.min(leftMs, LOOK_MS) : leftMs;
  return { changes, requeueAfterMs: Math.min(nextLookMs, 2 ** 31 - 1) };
}

function outcome(wanted: KubeObject, source: ExportedSource, address: ExportAddress): Untyped {
  if (source.state === 'empty') return { phase: 'Skipped' };
  if (source.state === 'pending') return { phase: 'Pending' };
  const links = exportLinks(wanted, source.volumes, source.machine !== undefined, address);
  return { phase: 'Ready', links };
}

function conditions(wanted: KubeObject, source: ExportedSource, world: World): Condition[] {
  const facts: Pick<Condition, 'status' | 'reason' | 'message'> =
    source.state === 'ready'
      ? { status: 'True', reason: 'PodReady' }
      : source.state === 'pending'
        ? { status: 'False', reason: source.reason, message: source.message }
        : { status: 'False', reason: 'Skipped', message: 'Nothing to export' };
  const isReady = source.state === 'ready';
  const present: Condition[] = wanted.status?.conditions ?? [];
  const ready = withCondition(present, { type: 'Ready', ...facts }, world.now);
  const bound: Condition = isReady
    ? { type: 'PVC', status: 'True', reason: 'Bound' }
    : { type: 'PVC', status: 'False', reason: facts.reason };
  return withCondition(ready, bound, world.now);
}

function tokenSecret(wanted: KubeObject, name: string): Change {
  const token = randomBytes(24).toString('base64url');
  return {
    kind: 'create',
    resource: SECRETS,
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: wanted.metadata.namespace, ownerReferences: [controlledBy(wanted)] },
      type: 'Opaque',
      data: { token: Buffer.from(token).toString('base64') },
    },
  };
}
