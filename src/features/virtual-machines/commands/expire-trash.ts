import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { Failure } from '../../../kernel/failure.js';
import type { Principal } from '../../../kernel/principal.js';
import { Database } from '../../../platform/database/database.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { OperationsContract } from '../../operations/operations.contract.js';
import { AssociatedCaches } from '../data/associated-views.js';
import { MachineCaches } from '../data/machine-caches.js';
import { TARGET_TYPE } from '../domain/names.js';
import type { TrashedMachine } from '../domain/observed.js';
import { DELETE_KIND } from '../operation-kinds.js';
import { fateOf } from './purge-vm.js';

/** A purge that failed is tried again, but not at once. */
const AGAIN_AFTER_MS = 15 * 60_000;

/** In whose name the clock acts: nobody asked for it at that moment, and whoever deleted may be gone. */
const VIRTGATE: Principal = {
  id: 'virtgate',
  type: 'service-account',
  name: 'virtgate',
  bindings: [],
  scopes: null,
  tokenId: null,
  expiresAt: null,
};

/** What belongs to a machine in the trash, in the cluster's live copies. */
@Injectable()
export class Trash {
  constructor(
    private readonly caches: MachineCaches,
    private readonly associated: AssociatedCaches,
    private readonly clock: Clock,
  ) {}

  /** Whose time has come. What is protected, or was marked by somebody else, stays until a person has looked at it. */
  due(): TrashedMachine[] {
    const now = this.clock.now().getTime();
    return [...this.caches.trash.all()].filter(
      ({ trash, deleteProtection, deleting }) =>
        trash !== null && Date.parse(trash.purgeAt) <= now && !deleteProtection && !deleting,
    );
  }

  inputOf(trashed: TrashedMachine): Record<string, unknown> {
    const { uid, ownDisks, trash } = trashed;
    const snapshots = this.associated
      .snapshotsOf(trashed)
      .filter(({ name }) => trash?.snapshots.includes(name))
      .map((snapshot) => ({ name: snapshot.name, uid: snapshot.uid }));
    return { uid, ownDisks, ...fateOf(trashed, snapshots), byVirtgate: true };
  }
}

/** Begins the purge of everything whose time in the trash is over. */
@Injectable()
export class ExpireTrash {
  /** By uid: when a purge was last begun. */
  readonly #begun = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly operations: OperationsContract,
    private readonly projects: ProjectDirectory,
    private readonly trash: Trash,
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<void> {
    const due = this.trash.due();
    const uids = new Set(due.map(({ uid }) => uid));
    for (const uid of this.#begun.keys()) if (!uids.has(uid)) this.#begun.delete(uid);
    for (const trashed of due) await this.#begin(trashed);
  }

  async #begin(trashed: TrashedMachine): Promise<void> {
    const now = this.clock.now().getTime();
    const project = this.projects.byNamespace(trashed.namespace);
    const before = this.#begun.get(trashed.uid) ?? Number.NEGATIVE_INFINITY;
    if (project?.state !== 'Active' || now - before < AGAIN_AFTER_MS) return;
    try {
      await this.database.transaction((tx) =>
        this.operations.begin(tx, {
          kind: DELETE_KIND.kind,
          principal: VIRTGATE,
          project,
          target: { type: TARGET_TYPE, name: trashed.name },
          input: this.trash.inputOf(trashed),
        }),
      );
      this.#begun.set(trashed.uid, now);
    } catch (error) {
      // Somebody is at it: bringing it back, or purging it. The next round looks again.
      if (!(error instanceof Failure) || error.code !== 'operation.in_progress') throw error;
    }
  }
}
