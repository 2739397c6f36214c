import { defineFailure } from '../../kernel/failure.js';

/** For every room that makes virtual machines: a machine in the trash has its name until it is purged. */
export const vmInTrash = defineFailure(
  'vm.in_trash',
  'conflict',
  'A virtual machine of this name is in the trash',
  'Bring it back with POST .../trash/{vm}/undelete, purge it with DELETE .../trash/{vm}, or choose another name.',
);

export const inTrash = (name: string) =>
  vmInTrash(`The name "${name}" belongs to a virtual machine in the trash of this project.`);
