import { createHash } from 'node:crypto';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { dataVolumesOf, type SourceMachine } from '../../snapshots/source-machine.contract.js';

/** `snapshot`: KubeVirt's VirtualMachineClone. `disks`: every disk copied by CDI, for storage without snapshots. */
export type CloneMethod = 'snapshot' | 'disks';

export interface CloneInput {
  source: { project: ProjectRef; name: string; uid: string };
  name: string;
  method: CloneMethod;
  /** Why it is not `snapshot`; null where it is. */
  fallbackReason: string | null;
  /** By volume: the claim that it is copied from. Empty for `snapshot`. */
  claims: Record<string, string>;
  start: boolean;
  freshMacs: boolean;
  hostname: string;
  /** The firmware UUID that it keeps; null for one of its own. */
  firmwareUuid: string | null;
}

export const cloneInput = (operation: OperationRecord): CloneInput =>
  operation.input as unknown as CloneInput;

/** Deterministic, so that what is asked twice meets its own work. */
export const cloneName = (operationId: string): string =>
  `clone-${createHash('sha256').update(operationId).digest('hex').slice(0, 10)}`;

/** As vm.create names them, so that the disks of a clone read like those of any machine. */
export const diskName = (machine: string, volume: string): string =>
  volume === 'rootdisk' ? `${machine}-root` : `${machine}-${volume}`.slice(0, 63).replace(/-+$/, '');

/** Which way to clone, and why it is not the fast one. */
export function chooseMethod(
  machine: Pick<SourceMachine, 'volumes'>,
  sameProject: boolean,
  notOpen: readonly string[] = [],
): { method: CloneMethod; fallbackReason: string | null } {
  const disks = dataVolumesOf(machine);
  const unable = disks.filter(({ canSnapshot }) => canSnapshot !== true);
  const reason = !sameProject
    ? 'KubeVirt clones within one namespace only.'
    : notOpen.length > 0
      ? 'KubeVirt would clone what is not open to tenants.'
      : disks.length === 0
        ? 'It has no disk to snapshot.'
        : unable.length > 0
          ? unable
              .map(
                ({ name, reason }) =>
                  `The disk "${name}" cannot be snapshotted${reason ? `: ${reason}` : '.'}`,
              )
              .join(' ')
          : null;
  return { method: reason === null ? 'snapshot' : 'disks', fallbackReason: reason };
}
