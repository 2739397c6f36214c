import { dataVolumesOf, type SourceMachine } from '../source-machine.contract.js';
import { snapshotNotPossible } from './snapshot-failures.js';

export interface ExcludedVolume {
  name: string;
  reason: string;
}

const NO_SNAPSHOTS = 'Its storage cannot make snapshots.';

/** The disks that a snapshot of the machine would leave out, and why. */
export function excludedVolumes(machine: Pick<SourceMachine, 'volumes'>): ExcludedVolume[] {
  return dataVolumesOf(machine)
    .filter(({ canSnapshot }) => canSnapshot === false)
    .map(({ name, reason }) => ({ name, reason: reason ?? NO_SNAPSHOTS }));
}

/** What a person must know before a snapshot is taken; throws snapshot.not_possible where it would hold nothing. */
export function preflight(machine: Pick<SourceMachine, 'name' | 'volumes'>): string[] {
  const excluded = excludedVolumes(machine);
  if (excluded.length === 0 && dataVolumesOf(machine).length === 0) {
    throw snapshotNotPossible(`The virtual machine "${machine.name}" has no disk.`, { hint: '' });
  }
  if (excluded.length === dataVolumesOf(machine).length) {
    const names = excluded.map(({ name, reason }) => `${name} (${reason})`).join(', ');
    throw snapshotNotPossible(`No disk of "${machine.name}" can be snapshotted: ${names}`, {
      details: { volumes: excluded },
    });
  }
  return excluded.map(({ name, reason }) => `The disk "${name}" is left out: ${reason}`);
}
