import { defineFailure } from '../../../kernel/failure.js';

export const exportNotFound = defineFailure('export.not_found', 'not_found', 'There is no such export');
export const exportExists = defineFailure(
  'export.exists',
  'conflict',
  'The name is taken',
  'Choose another name, or delete the export that has it.',
);
export const exportSourceNotFound = defineFailure(
  'export.source_not_found',
  'unprocessable',
  'What is to be exported does not exist',
);
export const exportSourceInUse = defineFailure(
  'export.source_in_use',
  'conflict',
  'What is to be exported is in use by a running virtual machine',
  'Stop the virtual machine, or make a snapshot and export that.',
);
export const exportSourceNotReady = defineFailure(
  'export.source_not_ready',
  'conflict',
  'What is to be exported is not ready yet',
);
export const exportNotReady = defineFailure(
  'export.not_ready',
  'conflict',
  'The export is not ready',
  'Its state and message say what it waits for: GET .../exports/{export}.',
);
export const exportVolumeNotFound = defineFailure(
  'export.volume_not_found',
  'not_found',
  'The export has no such volume in this format',
);
export const exportForeign = defineFailure(
  'export.foreign',
  'conflict',
  'The export was not made by virtgate',
  'Its token is known to its maker only. Make an export here.',
);
export const exportUnreachable = defineFailure(
  'export.unreachable',
  'unavailable',
  'The export server of the cluster cannot be reached',
  'Try again in a few seconds. Outside of the cluster it needs an Ingress or Route to virt-exportproxy.',
);
export const exportRefused = defineFailure(
  'export.refused',
  'unavailable',
  'The export server of the cluster refuses to give the data',
);
export const exportEmpty = defineFailure(
  'export.empty',
  'unprocessable',
  'There is nothing to export',
  'The source has no disks that can be exported.',
);
export const exportTimeout = defineFailure(
  'export.timeout',
  'timeout',
  'The export did not become ready in time',
  'Its storage may be slow to copy, or be in use.',
);
export const exportVanished = defineFailure(
  'export.vanished',
  'conflict',
  'The export was deleted by someone else in the meantime',
);
export const exportFailed = defineFailure('export.failed', 'unprocessable', 'The export could not be made');
export const exportDeleteTimeout = defineFailure(
  'export.delete_timeout',
  'timeout',
  'The export is not gone yet',
  'The cluster goes on deleting it.',
);
export const exportLinkInvalid = defineFailure(
  'export.link_invalid',
  'not_found',
  'The download link is not valid',
  'A link is good for one download, for a quarter of an hour at most. Ask for a new one.',
);
export const exportRangeInvalid = defineFailure(
  'export.range_not_satisfiable',
  'invalid',
  'The range lies outside of the volume',
);
export const memoryDumpNotRunning = defineFailure(
  'memory_dump.not_running',
  'conflict',
  'Only a running virtual machine has a memory to dump',
  'Start it first.',
);
export const memoryDumpExists = defineFailure(
  'memory_dump.exists',
  'conflict',
  'The virtual machine has a memory dump',
  'Remove it first, or dump into the same disk again.',
);
export const memoryDumpNotFound = defineFailure(
  'memory_dump.not_found',
  'not_found',
  'The virtual machine has no memory dump',
);
export const memoryDumpClaimNotFound = defineFailure(
  'memory_dump.disk_not_found',
  'unprocessable',
  'The disk for the memory dump does not exist',
);
export const memoryDumpTooSmall = defineFailure(
  'memory_dump.too_small',
  'unprocessable',
  'The disk is too small for the memory of the virtual machine',
  'Without size and claim, a disk that is large enough is made.',
);
export const memoryDumpFailed = defineFailure(
  'memory_dump.failed',
  'unprocessable',
  'The memory could not be dumped',
);
export const memoryDumpTimeout = defineFailure(
  'memory_dump.timeout',
  'timeout',
  'The memory dump did not end in time',
);
