import { defineFailure } from '../../../kernel/failure.js';

export const nodeNotFound = defineFailure('node.not_found', 'not_found', 'There is no such node');
export const nodeInMaintenance = defineFailure(
  'node.in_maintenance',
  'conflict',
  'Somebody else holds the node in maintenance',
  'Delete that NodeMaintenance object in the cluster first; virtgate ends only maintenance of its own.',
);
export const nodeLost = defineFailure(
  'node.lost',
  'conflict',
  'The node is not heard of, so nothing on it can be moved',
  'Fence it, if you are sure that it is switched off or cut off: POST /nodes/{node}/fence.',
);
export const nodeNotLost = defineFailure(
  'node.not_lost',
  'conflict',
  'The node is well: fencing is for nodes that the cluster has lost',
  'Drain it: POST /nodes/{node}/drain.',
);
export const nodeFenceStale = defineFailure(
  'node.fence_stale',
  'conflict',
  'What the confirmation was given for is no longer so',
  'Look at what would be lost now (the same request without `confirmation`), and confirm that.',
);
/** Kept on the operation, never thrown to a caller. */
export const drainBlocked = defineFailure(
  'node.drain_blocked',
  'conflict',
  'Not everything could leave the node',
  'GET /nodes/{node}/drain-report says of each machine why. The node stays cordoned; drain it again afterwards.',
);
export const drainTimeout = defineFailure(
  'node.drain_timeout',
  'timeout',
  'Nothing has left the node for a long time',
  'GET /nodes/{node}/drain-report says what is still on it. The node stays cordoned.',
);
export const nodeNotConfirmed = defineFailure(
  'node.not_confirmed',
  'timeout',
  'The cluster has not confirmed the change of the node',
  'Look at the node before trying again.',
);
export const fenceIncomplete = defineFailure(
  'node.fence_incomplete',
  'timeout',
  'Not every machine of the fenced node has come up elsewhere',
  'The diagnosis of each machine says why; mostly no other node has room.',
);
