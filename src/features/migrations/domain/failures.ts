import { defineFailure } from '../../../kernel/failure.js';

export const migrationNotFound = defineFailure(
  'migration.not_found',
  'not_found',
  'There is no such migration',
  'The cluster keeps the five that ended last of each machine.',
);
export const migrationNotRunning = defineFailure(
  'migration.not_running',
  'conflict',
  'The virtual machine is not running',
  'A live migration moves a running machine. A machine that is off starts wherever there is room.',
);
export const migrationNotPossible = defineFailure(
  'migration.not_possible',
  'unprocessable',
  'The virtual machine cannot be migrated while it runs',
);
export const migrationInProgress = defineFailure(
  'migration.in_progress',
  'conflict',
  'The virtual machine is being migrated already',
  'Wait until that migration has ended.',
);
export const migrationNoNode = defineFailure(
  'migration.no_node',
  'unprocessable',
  'No other node can take the virtual machine',
  'It needs a second node that is ready, open for new machines and has what the machine asks for.',
);
export const migrationNodeUnfit = defineFailure(
  'migration.node_unfit',
  'unprocessable',
  'The node cannot take the virtual machine',
  'Leave targetNode out, and the cluster chooses.',
);
export const migrationNotOffered = defineFailure(
  'migration.not_offered',
  'unsupported',
  'This cluster does not offer it',
  'GET /capabilities says what the cluster offers.',
);
export const migrationFailed = defineFailure(
  'migration.failed',
  'unprocessable',
  'The migration failed; the virtual machine stays where it was',
  'Its events say more: GET .../vms/{vm}/events.',
);
export const migrationTimeout = defineFailure(
  'migration.timeout',
  'timeout',
  'The migration did not come to its end in time and was given up',
  'The guest may be changing its memory faster than the network carries it: try when it is less busy, or have a migration policy allow auto-converge, post-copy or more bandwidth.',
);
export const migrationQuota = defineFailure(
  'migration.quota',
  'conflict',
  "The namespace's quota has no room for the second pod of a migration",
  'This is for the operator: the quota that virtgate keeps has room for it, so look for another ResourceQuota in the namespace.',
);
export const migrationVmStopped = defineFailure(
  'migration.vm_stopped',
  'conflict',
  'The virtual machine stopped while it was being migrated',
);
export const migrationVanished = defineFailure(
  'migration.vanished',
  'conflict',
  'The migration was cancelled by someone else',
);
export const migrationPolicyNotFound = defineFailure(
  'migration_policy.not_found',
  'not_found',
  'There is no such migration policy',
);
export const migrationPolicyExists = defineFailure(
  'migration_policy.exists',
  'conflict',
  'The name is taken',
  'Choose another name, or change the policy that has it.',
);
export const migrationLimitsManaged = defineFailure(
  'migration_limits.managed',
  'conflict',
  "KubeVirt's settings are kept by another operator here, which would undo the change",
  'Change spec.liveMigrationConfig of the HyperConverged object.',
);
