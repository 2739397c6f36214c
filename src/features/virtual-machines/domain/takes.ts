import type { OperationRecord, Take } from '../../operations/operations.contract.js';
import type { VirtualMachineSpec } from './create-body.js';
import { rootDiskName } from './names.js';

type Operation = Pick<OperationRecord, 'target' | 'input'>;

/** What operations on machines take of a project's quota. */
export function createTakes({ input }: Operation): Take[] {
  const { name, size, start, runStrategy, bootDisk } = (input as { spec: VirtualMachineSpec }).spec;
  return [
    { type: 'virtual-machine', name, size, running: start || runStrategy === 'Always' },
    { type: 'disk', name: rootDiskName(name), size: bootDisk.size, storageClass: bootDisk.storageClass },
  ];
}

interface MachinePatch {
  runStrategy?: string;
  instancetype?: { name?: string } | null;
  template?: {
    spec?: {
      domain?: {
        cpu?: { sockets?: number; cores?: number; threads?: number } | null;
        memory?: { guest?: string } | null;
      };
    };
  };
}

export function updateTakes({ target, input }: Operation): Take[] {
  const { patch } = input as { patch?: { spec?: MachinePatch } };
  const { runStrategy, instancetype, template } = patch?.spec ?? {};
  const { cpu, memory } = template?.spec?.domain ?? {};
  const cpus = cpu ? (cpu.sockets ?? 1) * (cpu.cores ?? 1) * (cpu.threads ?? 1) : null;
  const size = instancetype?.name
    ? { instanceType: instancetype.name }
    : { cpus, memory: memory?.guest ?? null };
  const running = runStrategy === 'Always' || runStrategy === 'RerunOnFailure';
  return [{ type: 'virtual-machine', name: target.name, size, running }];
}

export const startTakes = ({ target }: Operation): Take[] => [
  { type: 'virtual-machine', name: target.name, running: true },
];

/** What is in the trash counts as it did; only its start, where it starts by itself again, is more. */
export const undeleteTakes = (operation: Operation): Take[] =>
  (operation.input as { starts?: boolean }).starts ? startTakes(operation) : [];
