import type { Failure } from '../../../kernel/failure.js';
import { type Attachment, vmDiskBusy, vmDiskNotShareable, vmMustBeStopped } from './attachment.js';

/** What has to be known of a disk that is to go into a machine. */
export interface AttachableDisk {
  name: string;
  state: string;
  deleting: boolean;
  accessModes: readonly string[];
  attachedTo: readonly { machine: string; running: boolean; readOnly: boolean; shared: boolean }[];
}

const ATTACHABLE = ['Ready', 'WaitingForFirstUse', 'Expanding'];

/** Why a disk cannot go into a machine as things are; null where it can. */
export function attachRefusal(
  disk: AttachableDisk,
  attachment: Attachment,
  { machine, running }: { machine: string; running: boolean },
): Failure | null {
  const taken = sharingRefusal(disk, attachment, machine);
  if (taken) return taken;
  if (disk.deleting || !ATTACHABLE.includes(disk.state)) {
    return vmDiskBusy(`The disk "${disk.name}" is ${disk.state}.`, {
      hint: 'Wait until its state is Ready.',
    });
  }
  if (!running) return null;
  if (attachment.kind === 'cdrom' && !attachment.inserted) {
    return vmMustBeStopped('The machine has no empty CD-ROM drive, and none can be added while it runs.', {
      hint: 'Detach the disc that is in its drive; without a drive, stop it first.',
    });
  }
  if (attachment.bootOrder !== null)
    return vmMustBeStopped('The boot order of a running machine is settled.');
  return null;
}

/** Two guests that write to one file system which is not made for that destroy it: only who asks for it gets that. */
function sharingRefusal(
  { name, accessModes, attachedTo }: AttachableDisk,
  { readOnly, shared }: Attachment,
  machine: string,
): Failure | null {
  const shareable = accessModes.includes('ReadWriteMany');
  if (shared && !shareable) {
    return vmDiskNotShareable(`The disk "${name}" is ${accessModes.join(', ') || 'of unknown access mode'}.`);
  }
  const others = attachedTo.filter((use) => use.machine !== machine);
  const holder = others.find((use) => use.running) ?? others[0];
  if (!holder) return null;
  const details = { virtualMachine: holder.machine };
  const has = holder.running ? 'is running with' : 'has';
  const said = `The virtual machine "${holder.machine}" ${has} the disk "${name}"`;
  if (readOnly && others.every((use) => use.readOnly)) {
    if (shareable || accessModes.includes('ReadOnlyMany')) return null;
    return vmDiskBusy(`${said}, and only one node at a time can use it.`, { details });
  }
  if (!shareable) return vmDiskBusy(`${said}.`, { details });
  if (shared && others.every((use) => use.shared || use.readOnly)) return null;
  const alone = shared ? ' for itself alone' : '';
  const hint =
    'Detach it there first; or attach it there and here with "shared": true, where both keep a cluster file system on it.';
  return vmDiskBusy(`${said}${alone}.`, { details, hint });
}
