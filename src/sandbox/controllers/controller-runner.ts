import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore, StoreEvent } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import type { DiskWork } from './disk-work.js';
import { recordEvent } from './event-recorder.js';
import type { GuestWork } from './guest-work.js';
import { keyOf } from './ownership.js';
import type { ProbeWork } from './probe-work.js';
import type { SandboxClock, SandboxLogger } from './process-context.js';
import type { Change, Controller, World } from './reconciliation.js';
import type { SnapshotWork } from './snapshot-work.js';
import type { SourcePoll } from './source-poll.js';
import { WorkQueue } from './work-queue.js';

export interface RunnerParts {
  store: ObjectStore;
  guests: GuestWork;
  disks: DiskWork;
  snapshots: SnapshotWork;
  probes: ProbeWork;
  sources: SourcePoll;
  clock: SandboxClock;
  logger: SandboxLogger;
}

/** Runs reconcile functions whenever something that concerns their objects changes. */
export class ControllerRunner {
  readonly #queues = new Map<Controller, WorkQueue>();
  #unsubscribe: (() => void) | undefined;

  constructor(
    private readonly parts: RunnerParts,
    private readonly controllers: readonly Controller[],
  ) {
    for (const controller of controllers) {
      this.#queues.set(
        controller,
        new WorkQueue(
          (key) => this.#reconcile(controller, key),
          (key, error) => this.#report(controller, key, error),
        ),
      );
    }
  }

  /** Begins with every object there is: what an earlier process left half done is found that way. */
  start(): void {
    this.#unsubscribe = this.parts.store.subscribe((event) => this.#onChange(event));
    for (const controller of this.controllers) {
      for (const object of this.parts.store.list(controller.resource)) this.#add(controller, keyOf(object));
    }
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  /** Something outside the store concerns this object. */
  touch(resource: string, key: string): void {
    for (const controller of this.controllers) {
      if (controller.resource === resource) this.#add(controller, key);
    }
  }

  #add(controller: Controller, key: string): void {
    this.#queues.get(controller)?.add(key);
  }

  #onChange(event: StoreEvent): void {
    let world: World | undefined;
    for (const controller of this.controllers) {
      if (controller.resource === event.resource) this.#add(controller, keyOf(event.object));
      const concerns = controller.watches?.[event.resource];
      if (!concerns) continue;
      world ??= this.world();
      for (const key of concerns(event.object, world)) this.#add(controller, key);
    }
  }

  /** What reconcile functions see at this moment. */
  world(): World {
    const { store, guests, disks, snapshots, probes, clock } = this.parts;
    return {
      now: clock.now(),
      get: (resource, namespace, name) => store.get(resource, namespace, name),
      list: (resource, namespace) => store.list(resource, namespace),
      guest: (uid) => guests.observe(uid),
      startError: (uid) => guests.startError(uid),
      plugError: (uid, disk) => guests.plugError(uid, disk),
      authorized: (uid) => guests.authorized(uid),
      shutdownSignalled: (uid) => guests.shutdownSignalled(uid),
      probes: (podUid) => probes.verdict(podUid),
      disk: (claimUid) => disks.state(claimUid),
      sourceSight: (uid) => this.parts.sources.sight(uid),
      diskPath: (claimUid) => disks.path(claimUid),
      snapshots: (group) => snapshots.state(group),
      snapshotPath: (group, snapshotUid) => snapshots.path(group, snapshotUid),
      hasSnapshot: (group, snapshotUid) => snapshots.hasCopy(group, snapshotUid),
    };
  }

  async #reconcile(controller: Controller, key: string): Promise<{ requeueAfterMs?: number } | undefined> {
    const [namespace, name = ''] = key.split('/');
    const object = this.parts.store.get(controller.resource, namespace || undefined, name);
    if (!object) return undefined;
    const { changes, requeueAfterMs } = controller.reconcile(object, this.world());
    const commands = this.#writeAll(controller, object, changes);
    for (const change of commands) {
      if (change.kind === 'look') this.parts.sources.look(change.object, change.source);
      if (change.kind === 'disk') this.parts.disks.run(change.command);
      if (change.kind === 'snapshot') this.parts.snapshots.run(change.command);
      if (change.kind === 'probe') this.parts.probes.run(change.command);
      if (change.kind === 'guest') await this.parts.guests.run(change.command);
    }
    return commands.some((change) => change.kind === 'guest') && requeueAfterMs === undefined
      ? { requeueAfterMs: 1 }
      : { requeueAfterMs };
  }

  /**
   * Makes the store's changes, in the same turn as the look at it so that nothing comes in between.
   * Gives back what is not the store's to do.
   */
  #writeAll(controller: Controller, object: KubeObject, changes: Change[]): Change[] {
    try {
      return changes.filter((change) => !this.#write(change));
    } catch (error) {
      const told =
        error instanceof StatusError && error.code === 403
          ? controller.onRefused?.(object, error.message, this.world())
          : undefined;
      for (const change of told ?? []) this.#write(change);
      throw error;
    }
  }

  /** Whether the change was the store's to make. */
  #write(change: Change): boolean {
    const { store, clock } = this.parts;
    switch (change.kind) {
      case 'create':
        store.create(change.resource, change.object);
        return true;
      case 'update':
        store.update(change.resource, unversioned(change.object));
        return true;
      case 'updateStatus':
        store.update(change.resource, unversioned(change.object), 'status');
        return true;
      case 'delete':
        this.#unlessGone(() => store.delete(change.resource, change.namespace, change.name, change.options));
        return true;
      case 'event':
        this.#unlessGone(() => recordEvent(store, change, clock.now()));
        return true;
      default:
        return false;
    }
  }

  /** Nothing to delete, or a namespace that ends and takes no more events: both are fine. */
  #unlessGone(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof StatusError) || (error.code !== 404 && error.code !== 403)) throw error;
    }
  }

  #report(controller: Controller, key: string, error: unknown): void {
    const fields = {
      controller: controller.name,
      key,
      err: error instanceof Error ? error.message : String(error),
    };
    const expected = error instanceof StatusError && [403, 404, 409].includes(error.code);
    if (expected) this.parts.logger.info(fields, 'reconcile goes round again');
    else this.parts.logger.error({ ...fields, stack: (error as Error)?.stack }, 'reconcile failed');
  }
}

function unversioned(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: '' } };
}
