/** How a live migration goes about its work; taken from the cluster's configuration and its policies. */
export interface MigrationSettings {
  /** Bytes a second; 0 for as fast as it goes. */
  bandwidth: number;
  /** Milliseconds that the guest may stand still at the hand-over. */
  maxDowntimeMs: number;
  /** Seconds without any byte moved after which it is given up. */
  progressTimeout: number;
  /** Seconds for each GiB of memory after which it is given up, or made post-copy. */
  completionTimeoutPerGiB: number;
  allowAutoConverge: boolean;
  allowPostCopy: boolean;
  /** At the completion timeout the guest is paused rather than left where it is. */
  allowWorkloadDisruption: boolean;
}

export interface MigrationRequest {
  /** The VirtualMachineInstanceMigration's uid. */
  id: string;
  targetNode: string;
  settings: MigrationSettings;
}

/** In bytes, and bytes a second; what KubeVirt's virt-handler tells as `kubevirt_vmi_migration_*`. */
export interface MigrationProgress {
  total: number;
  processed: number;
  remaining: number;
  dirtyRate: number;
  transferRate: number;
  /** Of `processed`, what came when the guest ran on the target already. */
  postCopy?: number;
}

export interface GuestMigration {
  id: string;
  targetNode: string;
  /**
   * `preparing` the target, `ready` to begin, `running`; `completed` once the target is the guest, `failed`
   * or `cancelled` when the guest stays where it was.
   */
  phase: 'preparing' | 'ready' | 'running' | 'completed' | 'failed' | 'cancelled';
  /** `PostCopy` once its node says that the guest runs on the target while memory still comes. */
  mode: 'PreCopy' | 'PostCopy' | 'Paused';
  /** Why post-copy cannot be had, where it is allowed. */
  withoutPostCopy?: string;
  progress?: MigrationProgress;
  /** Why it failed. */
  reason?: string;
}

/** Whether it still may change which process is the guest. */
export function isUnderway(migration: GuestMigration | undefined): boolean {
  return ['preparing', 'ready', 'running'].includes(migration?.phase ?? '');
}
