import type { OperationRecord, Take } from '../../operations/operations.contract.js';

type Operation = Pick<OperationRecord, 'target' | 'input'>;

/** What exports and memory dumps take of a project's quota. */
export const createTakes = ({ target }: Operation): Take[] => [{ type: 'export', name: target.name }];

export function dumpTakes({ input }: Operation): Take[] {
  const { claim, create } = input as {
    claim: string;
    create: { size: string; storageClass: string | null } | null;
  };
  return create ? [{ type: 'disk', name: claim, ...create }] : [];
}
