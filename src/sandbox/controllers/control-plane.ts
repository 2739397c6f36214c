import { join } from 'node:path';
import type { DiskImages } from '../nodes/disk-images.js';
import type { NodeDriver } from '../nodes/node-driver.js';
import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import { ControllerRunner } from './controller-runner.js';
import { dataImportCronController } from './data-import-cron.js';
import { dataSourceController } from './data-source.js';
import { dataVolumeController } from './data-volume.js';
import { DiskWork } from './disk-work.js';
import { budgetStatusController, instanceBudgetController } from './disruption-budgets.js';
import { evacuationController } from './evacuation.js';
import { dropOldEvents, recordEvent } from './event-recorder.js';
import type { ExportAddress } from './export-links.js';
import type { ProbeKind } from './guest-probes.js';
import { GuestWork } from './guest-work.js';
import { kubeletController } from './kubelet.js';
import { lostPodsController } from './lost-pods.js';
import { dumpGroup, memoryDumpController } from './memory-dump.js';
import { migrationController } from './migration.js';
import { isFinalMigration, isMigrating, migrationsOf } from './migration-state.js';
import { nodeLifecycleController } from './node-lifecycle.js';
import { nodeMaintenanceController } from './node-maintenance.js';
import { isOutOfReach } from './node-state.js';
import { endOrphans, watchForOrphans } from './orphans.js';
import { keyOf } from './ownership.js';
import { persistentVolumeClaimController } from './persistent-volume-claim.js';
import { type ProbedPod, ProbeWork } from './probe-work.js';
import type { SandboxClock, SandboxLogger } from './process-context.js';
import {
  CLAIMS,
  DATA_IMPORT_CRONS,
  DATA_VOLUMES,
  MIGRATIONS,
  PODS,
  VM_RESTORES,
  VM_SNAPSHOT_CONTENTS,
  VMIS,
  VMS,
  VOLUME_SNAPSHOTS,
  type World,
} from './reconciliation.js';
import { schedulerController } from './scheduler.js';
import { namespaceController } from './service-account.js';
import { serviceController } from './service-endpoints.js';
import { SnapshotWork } from './snapshot-work.js';
import { SourcePoll } from './source-poll.js';
import { uploadTargetController } from './upload-target.js';
import { virtualMachineController } from './virtual-machine.js';
import { virtualMachineInstanceController } from './virtual-machine-instance.js';
import { machineCloneController } from './vm-clone.js';
import { machineExportController } from './vm-export.js';
import { machineRestoreController } from './vm-restore.js';
import { machineSnapshotController } from './vm-snapshot.js';
import { machineSnapshotContentController } from './vm-snapshot-content.js';
import { groupOf, volumeSnapshotController } from './volume-snapshot.js';
import { workloadUpdateController } from './workload-update.js';

export interface ControlPlaneParts {
  store: ObjectStore;
  driver: NodeDriver;
  images: DiskImages;
  /** Where `disks/` is made. */
  directory: string;
  /** Where exports are served; asked for when the controllers run. */
  exportAddress(): ExportAddress;
  clock: SandboxClock;
  logger: SandboxLogger;
}

const EVENT_SWEEP_MS = 5 * 60 * 1000;

/** All controllers of the sandbox over one store and one driver. */
export class ControlPlane {
  readonly #runner: ControllerRunner;
  readonly #guests: GuestWork;
  readonly #disks: DiskWork;
  readonly #snapshots: SnapshotWork;
  readonly #sources: SourcePoll;
  readonly #probes: ProbeWork;
  readonly #stops: (() => void)[] = [];

  constructor(private readonly parts: ControlPlaneParts) {
    const { store, driver, images, directory, clock, logger } = parts;
    this.#guests = new GuestWork(driver, clock, logger);
    this.#disks = new DiskWork(join(directory, 'disks'), images, clock, logger, (object) =>
      this.#touch(object),
    );
    this.#snapshots = new SnapshotWork(join(directory, 'snapshots'), driver, clock, logger, (group) =>
      this.#snapshotsChanged(group),
    );
    this.#sources = new SourcePoll(images, clock, logger, (object) =>
      this.#runner.touch(DATA_IMPORT_CRONS, keyOf(object)),
    );
    this.#probes = new ProbeWork(
      driver,
      clock,
      (pod, kind, why) => this.#probeFailed(pod, kind, why),
      (pod) => this.#runner.touch(PODS, pod.key),
    );
    const { guests, disks, snapshots } = this.#work();
    this.#runner = new ControllerRunner(
      { store, guests, disks, snapshots, sources: this.#sources, probes: this.#probes, clock, logger },
      [
        namespaceController,
        virtualMachineController,
        virtualMachineInstanceController,
        migrationController,
        workloadUpdateController,
        serviceController,
        schedulerController,
        kubeletController,
        nodeLifecycleController,
        lostPodsController,
        instanceBudgetController,
        budgetStatusController,
        evacuationController,
        nodeMaintenanceController,
        dataVolumeController,
        persistentVolumeClaimController,
        uploadTargetController,
        dataSourceController,
        dataImportCronController,
        volumeSnapshotController,
        machineSnapshotController,
        machineSnapshotContentController,
        machineRestoreController,
        machineCloneController,
        memoryDumpController,
        machineExportController(parts.exportAddress),
      ],
    );
  }

  /** Work on disks: uploads go there. */
  get disks(): DiskWork {
    return this.#disks;
  }

  /** What there is at this moment. */
  world(): World {
    return this.#runner.world();
  }

  async start(): Promise<void> {
    const { store, driver, clock, logger } = this.parts;
    const rooms = { store, driver, ...this.#work(), logger };
    const adopted = await driver.adopt();
    if (adopted.length > 0) logger.info({ guests: adopted.length }, 'found the guests of an earlier run');
    // Only now: a guest that was taken over has let go of what it was copying.
    await this.#snapshots.clear();
    await this.#disks.dropUnfinished();
    await endOrphans(rooms);
    this.#stops.push(
      watchForOrphans(rooms),
      driver.onChange((observation) => this.#guestChanged(observation.uid)),
    );
    const sweep = setInterval(() => dropOldEvents(store, clock.now()), EVENT_SWEEP_MS);
    sweep.unref();
    this.#stops.push(
      () => clearInterval(sweep),
      store.subscribe(({ type, resource, object }) => {
        if (type === 'DELETED' && resource === PODS) this.#probes.forget(object.metadata.uid);
      }),
    );
    dropOldEvents(store, clock.now());
    this.#runner.start();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await this.#runner.stop();
    this.#sources.close();
    this.#probes.close();
    await this.#disks.close();
    await this.#snapshots.close();
  }

  #touch(object: KubeObject): void {
    // A claim has the name of its DataVolume: work on the image behind concerns both.
    this.#runner.touch(DATA_VOLUMES, keyOf(object));
    this.#runner.touch(CLAIMS, keyOf(object));
    this.#touchRestores(object.metadata.namespace);
    if (this.#disks.state(object.metadata.uid).state !== 'working') this.#touchUsers(object);
  }

  /** A restore goes on when the last of its claims is filled. */
  #touchRestores(namespace: string | undefined): void {
    for (const restore of this.parts.store.list(VM_RESTORES, namespace)) {
      if (!restore.status?.complete) this.#runner.touch(VM_RESTORES, keyOf(restore));
    }
  }

  /** Instances wait for the disk itself, not only for what objects say of it. */
  #touchUsers(object: KubeObject): void {
    for (const vmi of this.parts.store.list(VMIS, object.metadata.namespace)) {
      if (vmi.status?.phase === 'Pending') this.#runner.touch(VMIS, keyOf(vmi));
    }
  }

  #work() {
    return { guests: this.#guests, disks: this.#disks, snapshots: this.#snapshots };
  }

  #snapshotsChanged(group: string): void {
    const { store } = this.parts;
    const dumped = store.list(VMS).find((one) => dumpGroup(one.metadata.uid) === group);
    if (dumped) this.#runner.touch(VMS, keyOf(dumped));
    const content = store.list(VM_SNAPSHOT_CONTENTS).find((one) => one.metadata.uid === group);
    if (content) this.#runner.touch(VM_SNAPSHOT_CONTENTS, keyOf(content));
    for (const snapshot of store.list(VOLUME_SNAPSHOTS)) {
      if (groupOf(snapshot) === group) this.#runner.touch(VOLUME_SNAPSHOTS, keyOf(snapshot));
    }
  }

  #probeFailed({ uid, key }: ProbedPod, kind: ProbeKind, why: string): void {
    const { store, clock } = this.parts;
    const [namespace, name = ''] = key.split('/');
    const pod = store.get(PODS, namespace, name);
    // Of a node that nobody hears, nobody hears that either.
    if (pod?.metadata.uid !== uid || isOutOfReach(pod, this.world())) return;
    const message = `${kind === 'readiness' ? 'Readiness' : 'Liveness'} probe failed: ${why}`;
    const facts = { regarding: pod, type: 'Warning' as const, reason: 'Unhealthy', message };
    try {
      recordEvent(store, { ...facts, component: 'kubelet' }, clock.now());
    } catch (error) {
      // A namespace that ends takes no more events.
      if (!(error instanceof StatusError)) throw error;
    }
  }

  #guestChanged(uid: string): void {
    const vmi = this.parts.store.list(VMIS).find((one) => one.metadata.uid === uid);
    if (!vmi) return;
    this.#runner.touch(VMIS, keyOf(vmi));
    if (!isMigrating(vmi)) return;
    for (const migration of migrationsOf(vmi, this.parts.store)) {
      if (!isFinalMigration(migration)) this.#runner.touch(MIGRATIONS, keyOf(migration));
    }
  }
}
