import { createHash } from 'node:crypto';

/** Room for what KubeVirt makes of it: the server's pod and Service are called after the export. */
export const MAX_NAME_LENGTH = 63 - 'virt-export-'.length;

export const TARGET_TYPE = 'export';
export const MACHINE_TARGET_TYPE = 'virtual-machine';

/** What virtgate writes on cluster objects. */
export const ANNOTATION = {
  requestId: 'virtgate.io/request-id',
  operationId: 'virtgate.io/operation-id',
  createdBy: 'virtgate.io/created-by',
} as const;

const short = (operationId: string): string =>
  createHash('sha256').update(operationId).digest('hex').slice(0, 8);

/** One secret per export, never that of an earlier one of the same name. */
export const tokenSecretName = (name: string, operationId: string): string =>
  `${name}-token-${short(operationId)}`;

/** The disk that is made for a memory dump, where none was named. */
export const dumpClaimName = (vm: string, operationId: string): string =>
  `${vm.slice(0, 63 - 14)}-dump-${short(operationId)}`;
