interface CauseText {
  severity: 'error' | 'warning' | 'info';
  summary: string;
  whatToDo: string;
}

/** Everything that a diagnosis can say, the worst first: what is further up hides nothing, but is told before. */
export const CATALOGUE = {
  'node.lost': {
    severity: 'error',
    summary: 'The node that it runs on is not heard of any more.',
    whatToDo:
      'Wait for the node, or ask the operators to fence it: only then can the machine start elsewhere without harm to its disks.',
  },
  'disk.lost': {
    severity: 'error',
    summary: 'The storage behind a disk is gone.',
    whatToDo: 'Restore the disk from a snapshot, or tell the operators.',
  },
  'instance.io_error': {
    severity: 'error',
    summary: 'It was paused because a disk could not be written.',
    whatToDo: 'See that the storage has room and answers, then unpause the machine.',
  },
  'instance.claim_missing': {
    severity: 'error',
    summary: 'A disk that it needs does not exist.',
    whatToDo: 'Make a disk of that name, or detach it from the machine.',
  },
  'machine.instance_type_unknown': {
    severity: 'error',
    summary: 'The cluster has no instance type of that name.',
    whatToDo: 'Choose one that there is.',
  },
  'machine.preference_unknown': {
    severity: 'error',
    summary: 'The cluster has no preference of that name.',
    whatToDo: 'Choose one that there is, or none.',
  },
  'machine.name_taken': {
    severity: 'error',
    summary: 'Something else runs under its name.',
    whatToDo:
      'Delete the VirtualMachineInstance of that name, which belongs to nobody, or ask the operators to.',
  },
  'machine.not_created': {
    severity: 'error',
    summary: 'The cluster refuses to start it.',
    whatToDo: 'Read what the cluster says, and change the machine accordingly.',
  },
  'machine.recovery_needed': {
    severity: 'error',
    summary: 'A change of its disks stopped half-way.',
    whatToDo: 'Put the volumes back to what they were before it is started again.',
  },
  'machine.crash_loop': {
    severity: 'error',
    summary: 'It ends soon after each start.',
    whatToDo: 'Look at its console while it starts: most often the disk does not boot, or the guest panics.',
  },
  'instance.quota_exceeded': {
    severity: 'error',
    summary: 'The project has no room left for it to run.',
    whatToDo: 'Stop something else of the project, make the machine smaller, or ask for more quota.',
  },
  'instance.limit_exceeded': {
    severity: 'error',
    summary: 'It is larger than the project allows one machine to be.',
    whatToDo: 'Make it smaller, or ask the operators to change the limit range.',
  },
  'instance.policy_refused': {
    severity: 'error',
    summary: 'A policy of the cluster does not let it run.',
    whatToDo: 'Tell the operators: the project must allow the pods of virtual machines.',
  },
  'instance.pod_refused': {
    severity: 'error',
    summary: 'The cluster refuses the pod that it would run in.',
    whatToDo: 'Read what the cluster says; if it says nothing that is yours to change, tell the operators.',
  },
  'scheduling.memory': {
    severity: 'error',
    summary: 'No node has enough memory free for it.',
    whatToDo: 'Make the machine smaller, stop others, or ask the operators for more room.',
  },
  'scheduling.cpu': {
    severity: 'error',
    summary: 'No node has enough processors free for it.',
    whatToDo: 'Give the machine fewer cpus, stop others, or ask the operators for more room.',
  },
  'scheduling.placement': {
    severity: 'error',
    summary: 'No node is of the kind that it asks for.',
    whatToDo: 'Loosen where it may run: its node selector, its affinity or its cpu model.',
  },
  'scheduling.storage': {
    severity: 'error',
    summary: 'No node can reach all of its disks.',
    whatToDo: 'Its disks may lie in different zones or on one node: use storage that all nodes reach.',
  },
  'scheduling.devices': {
    severity: 'error',
    summary: 'No node has the device that it needs.',
    whatToDo: 'Take the device away, or ask the operators which nodes have it.',
  },
  'scheduling.nodes_closed': {
    severity: 'error',
    summary: 'The nodes take in nothing at the moment.',
    whatToDo: 'Wait until the operators have ended their maintenance.',
  },
  'scheduling.unschedulable': {
    severity: 'error',
    summary: 'No node takes it.',
    whatToDo: 'Read what the scheduler says; if it says nothing that is yours to change, tell the operators.',
  },
  'instance.image_pull': {
    severity: 'error',
    summary: 'A container image that it needs cannot be had.',
    whatToDo: 'Check the name of the container disk and who may pull it, or import it as a disk.',
  },
  'instance.secret_missing': {
    severity: 'error',
    summary: 'A secret that it needs does not exist.',
    whatToDo: 'Make the secret, or take it out of the machine.',
  },
  'disk.in_use_elsewhere': {
    severity: 'error',
    summary: 'A disk is still held by another node.',
    whatToDo: 'Stop whatever uses the disk there. After the loss of a node the operators have to detach it.',
  },
  'disk.not_mounted': {
    severity: 'error',
    summary: 'A disk cannot be brought to the node.',
    whatToDo: 'Tell the operators: the storage does not do what it is asked.',
  },
  'instance.killed_for_memory': {
    severity: 'error',
    summary: 'It was killed since it took more memory than it was given.',
    whatToDo: 'Tell the operators: the overhead that is reckoned for machines is too small here.',
  },
  'instance.evicted': {
    severity: 'error',
    summary: 'Its node threw it out.',
    whatToDo:
      'Start it again; if that repeats itself, tell the operators that the node is short of something.',
  },
  'disk.import_unavailable': {
    severity: 'error',
    summary: 'The source of a disk does not deliver the image.',
    whatToDo: 'Check the address: the source must answer a plain GET with the image.',
  },
  'disk.import_damaged': {
    severity: 'error',
    summary: 'The image of a disk is damaged, or not the one that was meant.',
    whatToDo: 'Check that the file is whole and the checksum is its own, then make the disk again.',
  },
  'disk.import_too_large': {
    severity: 'error',
    summary: 'The image is larger than the disk.',
    whatToDo: 'Make the disk again, and larger.',
  },
  'disk.import_no_image': {
    severity: 'error',
    summary: 'What the source of a disk delivers is no disk image.',
    whatToDo: 'Give a raw or qcow2 disk image, plain or compressed with gz or xz.',
  },
  'disk.import_no_space': {
    severity: 'error',
    summary: 'The storage has no room for the image.',
    whatToDo: 'Try another storage class, or tell the operators.',
  },
  'disk.import_forbidden': {
    severity: 'error',
    summary: 'Images may not be imported from there.',
    whatToDo: 'Use a public host, or ask the operators to allow this one.',
  },
  'disk.import_stalled': {
    severity: 'error',
    summary: 'The import of a disk does not get on.',
    whatToDo: 'Check that the source answers, and how fast.',
  },
  'disk.import_failed': {
    severity: 'error',
    summary: 'The import of a disk failed.',
    whatToDo: 'Read what the importer says, and make the disk again.',
  },
  'disk.import_waits': {
    severity: 'error',
    summary: 'The import of a disk lacks what it signs in with.',
    whatToDo: 'Make the disk again, and give the credentials or the certificates.',
  },
  'disk.quota_exceeded': {
    severity: 'error',
    summary: 'The project has no storage left for a disk.',
    whatToDo: 'Delete disks or snapshots, or ask for more quota. An import takes room twice while it lasts.',
  },
  'disk.source_gone': {
    severity: 'error',
    summary: 'What a disk is to be copied from is not there.',
    whatToDo: 'Make the disk again from an image or a disk that there is.',
  },
  'disk.copy_too_small': {
    severity: 'error',
    summary: 'A disk is smaller than what is to be copied into it.',
    whatToDo: 'Make the disk again, at least as large as its source.',
  },
  'disk.copy_source_busy': {
    severity: 'warning',
    summary: 'What a disk is to be copied from is in use.',
    whatToDo: 'Stop the machine that uses the source, or wait for it.',
  },
  'disk.name_taken': {
    severity: 'error',
    summary: 'There is a claim of the name of a disk that is not its own.',
    whatToDo: 'Delete the claim, or give the disk another name.',
  },
  'disk.class_unknown': {
    severity: 'error',
    summary: 'The cluster has no storage class of that name.',
    whatToDo: 'Make the disk again, of a class that there is.',
  },
  'disk.not_provisioned': {
    severity: 'error',
    summary: 'The storage does not make a disk.',
    whatToDo: 'Tell the operators: the provisioner of the storage class fails.',
  },
  'disk.deleting': {
    severity: 'error',
    summary: 'A disk that it uses is being deleted.',
    whatToDo: 'Once the machine stops, the disk is gone. Copy what it holds before.',
  },
  'node.pressure': {
    severity: 'warning',
    summary: 'Its node runs short.',
    whatToDo: 'Migrate the machine to another node, or tell the operators.',
  },
  'instance.frozen': {
    severity: 'error',
    summary: 'The file systems of its guest are frozen: nothing is written.',
    whatToDo: 'If no snapshot is being taken, unfreeze the guest or restart the machine.',
  },
  'machine.restore': {
    severity: 'warning',
    summary: 'A restore is in progress: until then it does not start.',
    whatToDo: 'Wait for its end, or delete the restore.',
  },
  'machine.snapshot': {
    severity: 'warning',
    summary: 'A snapshot is being taken: until then its disks and its power stay as they are.',
    whatToDo: 'Wait for its end, or delete the snapshot.',
  },
  'machine.stuck_deleting': {
    severity: 'error',
    summary: 'It is deleted, and something holds it.',
    whatToDo: 'What is named must let go of it; if that does not exist any more, tell the operators.',
  },
  'instance.stuck_stopping': {
    severity: 'error',
    summary: 'It was told to stop, and does not.',
    whatToDo: 'Stop it with force. If its node is lost, the operators have to fence that first.',
  },
  'instance.migration_failed': {
    severity: 'warning',
    summary: 'Its last live migration failed; it runs on where it was.',
    whatToDo: 'Migrate it again, at a time when it writes less to its memory; or stop and start it.',
  },
  'instance.evacuating': {
    severity: 'warning',
    summary: 'Its node is to be emptied.',
    whatToDo: 'It is moved by itself where it can be migrated. Where it cannot, stop and start it.',
  },
  'instance.not_synchronized': {
    severity: 'error',
    summary: 'The cluster could not carry out a change of it.',
    whatToDo: 'Read what the cluster says; if it says nothing that is yours to change, tell the operators.',
  },
  'instance.stuck_starting': {
    severity: 'error',
    summary: 'It takes long to start, and nobody says why.',
    whatToDo: 'Look at the events of the machine; if they tell nothing, tell the operators.',
  },
  'instance.unknown': {
    severity: 'error',
    summary: 'Nobody can say whether it runs.',
    whatToDo: 'Wait for its node, or tell the operators.',
  },
  'instance.unhealthy': {
    severity: 'warning',
    summary: 'What the machine is probed by does not answer.',
    whatToDo: 'Look whether the service inside runs, or correct the probe.',
  },
  'instance.failed': {
    severity: 'warning',
    summary: 'Its guest ended with an error.',
    whatToDo: 'Look at what it last said on its console, and start it again.',
  },
  'machine.restarted': {
    severity: 'warning',
    summary: 'Its guest ended with an error, and it was started again.',
    whatToDo:
      'Look at what it last said on its console. If a probe or a watchdog ended it, see whether that fits what runs inside.',
  },
  'machine.restart_required': {
    severity: 'warning',
    summary: 'A change of it waits for a restart.',
    whatToDo: 'Restart it when it suits.',
  },
  'disk.growing': {
    severity: 'warning',
    summary: 'A disk has not grown yet.',
    whatToDo:
      'Some storage grows a disk when it is next used: stop and start the machine. Then grow the file system inside.',
  },
  'disk.waits_for_content': {
    severity: 'warning',
    summary: 'A disk waits for its content.',
    whatToDo: 'Upload it: PUT .../disks/{disk}/content.',
  },
  'disk.waits_for_first_use': {
    severity: 'info',
    summary: 'A disk is made when the machine first starts.',
    whatToDo: 'Nothing is wrong: start the machine.',
  },
  'disk.filling': {
    severity: 'info',
    summary: 'A disk is being filled.',
    whatToDo: 'Wait: the machine starts by itself once it is there.',
  },
  'instance.no_agent': {
    severity: 'info',
    summary: 'No guest agent answers inside.',
    whatToDo:
      'Install qemu-guest-agent: without it snapshots are as after a power cut, and addresses and users are not known.',
  },
  'instance.not_migratable': {
    severity: 'info',
    summary: 'It cannot be migrated while it runs.',
    whatToDo: 'To move it, stop and start it.',
  },
  'node.closed': {
    severity: 'info',
    summary: 'Its node takes in nothing new.',
    whatToDo: 'It runs on; it may be asked to move.',
  },
  'instance.paused': {
    severity: 'info',
    summary: 'Somebody paused it.',
    whatToDo: 'Unpause it.',
  },
  'instance.migrating': {
    severity: 'info',
    summary: 'It is being migrated.',
    whatToDo: 'Wait: it runs meanwhile.',
  },
  'instance.stopping': {
    severity: 'info',
    summary: 'It is stopping.',
    whatToDo: 'Wait for its guest to shut down.',
  },
  'instance.starting': { severity: 'info', summary: 'It is starting.', whatToDo: 'Wait.' },
  'machine.deleting': { severity: 'info', summary: 'It is being deleted.', whatToDo: 'Wait.' },
  'machine.ended_inside': {
    severity: 'info',
    summary: 'Its guest shut down by itself.',
    whatToDo: 'Start it, or give it another run strategy.',
  },
  'machine.off': { severity: 'info', summary: 'It is off, as it is meant to be.', whatToDo: 'Start it.' },
} as const satisfies Record<string, CauseText>;

export type CauseCode = keyof typeof CATALOGUE;

export const CAUSE_CODES = Object.keys(CATALOGUE) as CauseCode[];
