import type { CreatedBy } from '../../../kernel/created-by.js';
import type { MoveCause } from '../moves.contract.js';
import type { Observed } from './observed.js';

/** A machine's move to another node while it ran. */
export interface MoveView {
  cause: MoveCause;
  /** RFC 3339: when it was there. */
  at: string;
  from: string | null;
  to: string | null;
  /** Null where the cluster did it by itself, or somebody past virtgate. */
  requestedBy: CreatedBy | null;
  /** The name of the migration. */
  migration: string;
}

/** A VirtualMachineInstanceMigration that has succeeded. */
export interface ObservedMove extends Observed {
  machine: string;
  view: MoveView;
}

/** Null where none is known: the cluster forgets them with the instance. */
export function lastMove(moves: readonly ObservedMove[]): MoveView | null {
  const newest = (one: ObservedMove | null, other: ObservedMove) =>
    one !== null && Date.parse(one.view.at) >= Date.parse(other.view.at) ? one : other;
  return moves.reduce<ObservedMove | null>(newest, null)?.view ?? null;
}
