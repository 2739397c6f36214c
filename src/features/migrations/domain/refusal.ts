import type { Failure } from '../../../kernel/failure.js';
import {
  migrationInProgress,
  migrationNodeUnfit,
  migrationNoNode,
  migrationNotPossible,
  migrationNotRunning,
} from './failures.js';
import { HOSTNAME_LABEL } from './migration-manifest.js';
import { isFinal, type ObservedInstance, type ObservedMigration, type ObservedNode } from './observed.js';

/** What counts of a machine, and of where it could go, when a migration is asked for. */
export interface Situation {
  instance: ObservedInstance | undefined;
  /** Of the machine. */
  migrations: readonly ObservedMigration[];
  nodes: readonly ObservedNode[];
  targetNode: string | null;
}

/** Why the machine cannot be migrated now; null where it can, as far as can be told. The cluster checks again. */
export function refusalOf({ instance, migrations, nodes, targetNode }: Situation): Failure | null {
  if (!instance?.running) return migrationNotRunning();
  const present = migrations.find(({ state, deleting }) => !isFinal(state) || deleting);
  if (present) {
    return migrationInProgress(`The migration "${present.name}" is ${present.state}.`, {
      details: { migration: present.name },
    });
  }
  const { migratable } = instance;
  if (migratable && !migratable.value) return notPossible(migratable);
  return targetNode === null ? noNode(instance, nodes) : unfit(targetNode, instance, nodes);
}

/** KubeVirt's reasons of the condition LiveMigratable. @see KubeVirt api/core/v1/types.go, VirtualMachineInstanceReason* */
const PLAIN: Record<string, [why: string, hint: string]> = {
  DisksNotLiveMigratable: [
    'a disk can be used from one node at a time only',
    'Move its disks to a storage class that offers ReadWriteMany, and make its claims with that access mode.',
  ],
  InterfaceNotLiveMigratable: [
    'a network interface is bound to its node',
    'Use masquerade on the pod network; a bridge on it cannot move.',
  ],
  HotplugNotLiveMigratable: [
    'a disk or interface that was added while it ran cannot move',
    'Detach it, or restart the machine with it.',
  ],
  VirtIOFSNotLiveMigratable: ['a file system of its node is shared with it', 'Remove it.'],
  HostDeviceNotLiveMigratable: ['a device of its node is passed through to it', 'Remove it.'],
  SEVNotLiveMigratable: ['its memory is encrypted (SEV)', ''],
  SecureExecutionNotLiveMigratable: ['its memory is encrypted (secure execution)', ''],
  HypervPassthroughNotLiveMigratable: ['it takes all Hyper-V features of its node', ''],
  PersistentReservationNotLiveMigratable: ['it reserves SCSI disks', ''],
  CPUModeLiveMigratable: [
    'its CPU model is that of its node (host-model or passthrough)',
    'Give it a CPU model that all nodes have.',
  ],
};

function notPossible({ reason, message }: NonNullable<ObservedInstance['migratable']>): Failure {
  const [why, hint] = PLAIN[reason ?? ''] ?? [];
  const said = message ?? reason ?? 'the cluster does not say why';
  return migrationNotPossible(
    `The virtual machine cannot be migrated while it runs: ${why ? `${why} (${said})` : said}`,
    { hint: hint || undefined, details: { reason } },
  );
}

/** KubeVirt's own mark of nodes that it can run machines on. */
const TAKES_MACHINES = 'kubevirt.io/schedulable';

/** Why a node cannot take the instance, in words; null where it can, as far as its labels tell. */
export function whyNot(node: ObservedNode, instance: ObservedInstance): string | null {
  if (!node.ready) return 'it is not ready';
  if (!node.schedulable) return 'it is closed to new machines (cordoned)';
  if (node.labels[TAKES_MACHINES] !== 'true') return 'KubeVirt does not run machines on it';
  const lacks = Object.entries(instance.nodeSelector).find(([key, value]) => node.labels[key] !== value);
  return lacks ? `it lacks the label ${lacks.join('=')} that the machine asks for` : null;
}

function noNode(instance: ObservedInstance, nodes: readonly ObservedNode[]): Failure | null {
  const others = nodes.filter(({ name }) => name !== instance.node);
  if (others.some((node) => whyNot(node, instance) === null)) return null;
  const why = others.length === 0 ? 'there is only one node' : 'every other node is closed or does not fit';
  return migrationNoNode(`No other node can take the virtual machine: ${why}.`);
}

function unfit(name: string, instance: ObservedInstance, nodes: readonly ObservedNode[]): Failure | null {
  const node = nodes.find((one) => one.name === name);
  const why =
    node === undefined
      ? 'there is no such node'
      : node.name === instance.node
        ? 'the virtual machine runs on it'
        : whyNot(node, instance);
  if (why === null) return null;
  return migrationNodeUnfit(`The node "${name}" cannot take the virtual machine: ${why}.`, {
    details: { node: name },
  });
}

/** What selects a node; Kubernetes labels each with its host name, which need not be its own. */
export const hostnameOf = (node: ObservedNode): string => node.labels[HOSTNAME_LABEL] ?? node.name;
