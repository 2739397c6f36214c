import { createHash } from 'node:crypto';
import { type CreatedBy, formatCreatedBy } from '../../../kernel/created-by.js';
import { sshSecretName } from '../ssh-secret.contract.js';

/** Room for the longest suffix of an object that is named after its machine, within a DNS label of 63. */
export const MAX_NAME_LENGTH = 63 - '-cloudinit'.length;

export const TARGET_TYPE = 'virtual-machine';

export const rootDiskName = (vm: string): string => `${vm}-root`;

/**
 * One secret per creation: the next machine of the same name never meets the secret of the last one, which the
 * garbage collector may still be about to remove.
 */
export const cloudInitSecretName = (vm: string, operationId: string): string =>
  `${vm}-cloudinit-${mark(operationId)}`;
export const sysprepSecretName = (vm: string, operationId: string): string =>
  `${vm}-sysprep-${mark(operationId)}`;
/** There is no uid before there is a machine. */
export const firstSshSecretName = sshSecretName;

const mark = (operationId: string): string =>
  createHash('sha256').update(operationId).digest('hex').slice(0, 8);

/** What virtgate writes on cluster objects. */
export const ANNOTATION = {
  displayName: 'virtgate.io/display-name',
  requestId: 'virtgate.io/request-id',
  operationId: 'virtgate.io/operation-id',
  createdBy: 'virtgate.io/created-by',
  /** The wanted run strategy, where KubeVirt's start would overwrite it. */
  runStrategy: 'virtgate.io/run-strategy',
} as const;

/** Enforced by the cluster only where SSP's admission policy is installed, which knows both spellings of true. */
export const DELETE_PROTECTION_LABEL = 'kubevirt.io/vm-delete-protection';
export const UNPROTECTED = { [DELETE_PROTECTION_LABEL]: null };

export const isProtected = (labels: Readonly<Record<string, string>> = {}): boolean =>
  /^(true|True)$/.test(labels[DELETE_PROTECTION_LABEL] ?? '');

/** KubeVirt's mark on the volumes of a machine: the uid of the VirtualMachine. */
export const CREATED_BY_LABEL = 'kubevirt.io/created-by';

/** By whose request an object is in the cluster. */
export const provenanceAnnotations = (from: {
  operationId: string;
  requestId: string;
  requestedBy: CreatedBy;
}): Record<string, string> => ({
  [ANNOTATION.requestId]: from.requestId,
  [ANNOTATION.operationId]: from.operationId,
  [ANNOTATION.createdBy]: formatCreatedBy(from.requestedBy),
});
