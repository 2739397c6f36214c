import type { Failure, FailureRecord } from '../../kernel/failure.js';
import type { Principal, ProjectRef } from '../../kernel/principal.js';
import type { Tx } from '../../platform/database/database.js';
import type { QueueName } from '../../platform/queue/job-queue.js';

export type OperationState = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export interface OperationStep {
  name: string;
  state: 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED';
  message: string | null;
  startedAt: string | null;
  finishedAt: string | null;
}

/** What clients see: api.md §2. Times are RFC 3339. */
export interface OperationView {
  id: string;
  kind: string;
  state: OperationState;
  progress: number | null;
  /** `project` is null for what is the platform's. */
  target: { type: string; project: string | null; name: string };
  steps: OperationStep[];
  warnings: string[];
  error: FailureRecord | null;
  result: Record<string, unknown> | null;
  cancellable: boolean;
  requestedBy: { type: string; id: string; name: string };
  requestId: string;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

/** What a command asks for. Written in the command's own transaction, with its audit and outbox rows. */
export interface BeginOperation {
  kind: string;
  principal: Principal;
  project: ProjectRef;
  target: { type: string; name: string };
  /** Sealed at rest: it may hold user data. */
  input: Record<string, unknown>;
  /**
   * Operation kinds on the same target that this one replaces: an unfinished one of them is CANCELLED in the same
   * transaction. Any other unfinished operation on the target is 409 operation.in_progress naming it.
   */
  supersedes?: readonly string[];
  warnings?: string[];
}

export interface OperationRecord {
  id: string;
  kind: string;
  state: OperationState;
  project: ProjectRef;
  target: { type: string; name: string };
  input: Record<string, unknown>;
  steps: OperationStep[];
  progress: number | null;
  /** The last moment at which progress moved: what "hangs" is measured against. */
  progressAt: Date;
  requestedBy: { type: string; id: string; name: string; tokenId: string | null };
  requestId: string;
  createdAt: Date;
  startedAt: Date | null;
  cancelRequested: boolean;
  /** What `ask` of each step left behind: the answer of the cluster, or its refusal. */
  asked: Record<string, { at: string; notes: Record<string, string>; refusal: FailureRecord | null }>;
  /** The step that a queued job has not answered yet. Meanwhile no other step is asked and nothing is settled. */
  outstanding?: string | null;
}

/** How the step that was under way ended, when a decision goes on to another one. Default: FAILED if it was refused. */
type Leaving = 'SUCCEEDED' | 'FAILED' | 'SKIPPED';

/**
 * The decision of a machine. A step is asked once: `act` on one that is outstanding or was answered is a `wait`,
 * unless its answer is the refusal `operation.exhausted`. `act` asks the cluster for a step by a queued job; the rest is
 * written by the observer.
 */
export type Decision =
  | {
      do: 'act';
      step: string;
      progress?: number | null;
      message?: string;
      leaving?: Leaving;
      /** Asks once more although the step was answered; its earlier answer is forgotten. */
      again?: boolean;
    }
  | {
      do: 'wait';
      step: string;
      progress?: number | null;
      message?: string;
      recheckMs?: number;
      leaving?: Leaving;
    }
  | { do: 'succeed'; result?: Record<string, unknown> }
  | { do: 'fail'; error: FailureRecord; result?: Record<string, unknown> }
  | { do: 'cancelled'; message?: string; result?: Record<string, unknown> };

/**
 * What an operation takes of its project's quota, told by names and sizes alone: who keeps the quotas knows what they
 * amount to. `like` and `of` point to what the ledger has already seen.
 */
export type Take =
  | {
      type: 'virtual-machine';
      name: string;
      /** Null or absent parts stay as they are. */
      size?: { instanceType: string } | { cpus: number | null; memory: string | null };
      like?: TakenLike;
      running?: boolean;
    }
  /** `storageClass` null: the cluster's default. `image`: it holds an image, and is no disk of anybody's. */
  | { type: 'disk'; name: string; size: string; storageClass?: string | null; image?: boolean }
  /** All disks of a machine that is made as a copy, under names that the cluster chooses. */
  | { type: 'disks-of'; name: string; like: TakenLike }
  /** `of`: the machine whose disks it holds. */
  | { type: 'snapshot'; name: string; of: string }
  | { type: 'export' | 'image'; name: string };

/** Another machine, of the same project unless one is named, or the machine that a snapshot holds. */
export type TakenLike = { virtualMachine: string; projectId?: string } | { snapshot: string };

/** What a ledger has found about the takes of an operation that is about to begin. */
export interface Reservation {
  /** For the operation: how near a limit it comes. */
  warnings: readonly string[];
  /** Writes it down, once the operation has been written. */
  enter(): Promise<void>;
}

/**
 * Who keeps account of what operations take. Everything happens in the transaction of the operation's beginning or
 * settling, so that neither is ever without the other.
 */
export abstract class OperationLedger {
  /** Throws what refuses the operation. `replaces`: the operations that this one supersedes, whose takes it inherits. */
  abstract reserve(
    tx: Tx,
    operation: { id: string; kind: string; project: ProjectRef },
    takes: readonly Take[],
    replaces: readonly string[],
  ): Promise<Reservation>;
  /** The operation is settled: what it took is now in the cluster, or nowhere. Leader only. */
  abstract settle(tx: Tx, operation: { id: string; project: ProjectRef }): Promise<void>;
}

/** What the gateway must know of a kind to begin it. */
export interface OperationKind {
  kind: string;
  queue: QueueName;
  /** In the order a person would tell them. The first is asked at once. Steps that never run end as SKIPPED. */
  steps: readonly string[];
  cancellable: boolean;
  /** What it takes of its project's quota; who takes nothing says `takesNothing`. Pure. */
  takes: (operation: Pick<OperationRecord, 'id' | 'target' | 'input'>) => readonly Take[];
}

/** To be said outright, so that no kind forgets the quota. */
export const takesNothing: OperationKind['takes'] = () => [];

/**
 * One kind of long work as a durable state machine. `next` is pure: the same operation and the same
 * observation give the same decision, however often and in whatever process it is asked.
 */
export interface OperationMachine<Observed> {
  /** Of an OperationKind, which says the rest. */
  readonly kind: string;
  /** Steps that take back what others did. A cancel does not answer them while they wait: they are what it wants. */
  compensating?: readonly string[];
  /** From the watch-fed cache: synchronous, no call to the cluster. */
  observe(operation: OperationRecord): Observed;
  next(operation: OperationRecord, observed: Observed, now: Date): Decision;
  /**
   * Asks the cluster for one step and leaves. Idempotent: deterministic names, "already exists" is met by looking.
   * Returns notes that `next` may want (a uid, a time). A Failure of a kind that can pass (unavailable, timeout,
   * rate_limited) or an unknown error is tried again with back-off, and kept as the refusal `operation.exhausted` after
   * the last try; any other Failure is kept as `asked[step].refusal` at once. When a cancel comes before the next try,
   * `operation.cancelled` is kept, except of a compensating step.
   */
  ask(operation: OperationRecord, step: string): Promise<Record<string, string>>;
}

export abstract class OperationsContract {
  /** Rooms do so in `onModuleInit`, in every process role that begins the kind. The same kind again is no fault. */
  abstract registerKind(kind: OperationKind): void;
  /** Begins within the caller's transaction and returns the view to answer with. */
  abstract begin(tx: Tx, request: BeginOperation): Promise<OperationView>;
  abstract get(id: string): Promise<OperationView | null>;
  /** The operation once it has settled, or as it is after `ms`; null when it does not exist. */
  abstract untilSettled(id: string, ms: number): Promise<OperationView | null>;
  /** In `onModuleInit`, by the one room that keeps quotas. Without a ledger nothing is reserved. */
  abstract keepLedger(ledger: OperationLedger): void;
  /** What a request would take, checked as `begin` does, with nothing written: for dry runs. Returns its warnings. */
  abstract rehearse(request: Omit<BeginOperation, 'principal'>): Promise<readonly string[]>;
  /** Unfinished operations on a target. */
  abstract unfinished(projectId: string, type: string, name: string): Promise<OperationView[]>;
}

/** Worker side. Rooms register their machines and tell the engine when something they observe has changed. */
export abstract class OperationEngine {
  abstract register<Observed>(machine: OperationMachine<Observed>): void;
  /** Something about this target changed: unfinished operations on it are looked at again (leader only, debounced). */
  abstract observed(namespace: string, targetType: string, name: string): void;
}

/** A Failure that settles an operation, in the form that `next` returns. */
export type { Failure };
