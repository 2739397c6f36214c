import { join } from 'node:path';
import type { DiskImages } from '../nodes/disk-images.js';
import type { NodeDriver } from '../nodes/node-driver.js';
import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { ControllerRunner } from './controller-runner.js';
import { dataVolumeController } from './data-volume.js';
import { DiskWork } from './disk-work.js';
import { dropOldEvents } from './event-recorder.js';
import { GuestWork } from './guest-work.js';
import { kubeletController } from './kubelet.js';
import { endOrphans, watchForOrphans } from './orphans.js';
import { keyOf } from './ownership.js';
import { persistentVolumeClaimController } from './persistent-volume-claim.js';
import type { SandboxClock, SandboxLogger } from './process-context.js';
import { CLAIMS, DATA_VOLUMES, VMIS } from './reconciliation.js';
import { schedulerController } from './scheduler.js';
import { namespaceController } from './service-account.js';
import { virtualMachineController } from './virtual-machine.js';
import { virtualMachineInstanceController } from './virtual-machine-instance.js';

export interface ControlPlaneParts {
  store: ObjectStore;
  driver: NodeDriver;
  images: DiskImages;
  /** Where `disks/` is made. */
  directory: string;
  clock: SandboxClock;
  logger: SandboxLogger;
}

const EVENT_SWEEP_MS = 5 * 60 * 1000;

/** All controllers of the sandbox over one store and one driver. */
export class ControlPlane {
  readonly #runner: ControllerRunner;
  readonly #guests: GuestWork;
  readonly #disks: DiskWork;
  readonly #stops: (() => void)[] = [];

  constructor(private readonly parts: ControlPlaneParts) {
    const { store, driver, images, directory, clock, logger } = parts;
    this.#guests = new GuestWork(driver, clock, logger);
    this.#disks = new DiskWork(join(directory, 'disks'), images, clock, logger, (object) =>
      this.#touch(object),
    );
    this.#runner = new ControllerRunner({ store, guests: this.#guests, disks: this.#disks, clock, logger }, [
      namespaceController,
      virtualMachineController,
      virtualMachineInstanceController,
      schedulerController,
      kubeletController,
      dataVolumeController,
      persistentVolumeClaimController,
    ]);
  }

  async start(): Promise<void> {
    const { store, driver, clock, logger } = this.parts;
    const rooms = { store, driver, guests: this.#guests, disks: this.#disks, logger };
    const adopted = await driver.adopt();
    if (adopted.length > 0) logger.info({ guests: adopted.length }, 'found the guests of an earlier run');
    await endOrphans(rooms);
    this.#stops.push(
      watchForOrphans(rooms),
      driver.onChange((observation) => this.#guestChanged(observation.uid)),
    );
    const sweep = setInterval(() => dropOldEvents(store, clock.now()), EVENT_SWEEP_MS);
    sweep.unref();
    this.#stops.push(() => clearInterval(sweep));
    dropOldEvents(store, clock.now());
    this.#runner.start();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await this.#runner.stop();
    await this.#disks.close();
  }

  #touch(object: KubeObject): void {
    // A claim has the name of its DataVolume: work on the image behind concerns both.
    this.#runner.touch(DATA_VOLUMES, keyOf(object));
    this.#runner.touch(CLAIMS, keyOf(object));
    if (this.#disks.state(object.metadata.uid).state !== 'working') this.#touchUsers(object);
  }

  /** Instances wait for the disk itself, not only for what objects say of it. */
  #touchUsers(object: KubeObject): void {
    for (const vmi of this.parts.store.list(VMIS, object.metadata.namespace)) {
      if (vmi.status?.phase === 'Pending') this.#runner.touch(VMIS, keyOf(vmi));
    }
  }

  #guestChanged(uid: string): void {
    const vmi = this.parts.store.list(VMIS).find((one) => one.metadata.uid === uid);
    if (vmi) this.#runner.touch(VMIS, keyOf(vmi));
  }
}
