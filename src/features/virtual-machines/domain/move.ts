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

/**
 * Null where none is known: the cluster forgets them with the instance. Its times are of whole seconds: of several moves
 * of one second the last is the one to the node where the instance is now.
 */
export function lastMove(moves: readonly ObservedMove[], node: string | null): MoveView | null {
  const at = ({ view }: ObservedMove) => Date.parse(view.at);
  const newest = Math.max(...moves.map(at));
  const last = moves.filter((one) => at(one) === newest);
  return (last.find(({ view }) => view.to === node) ?? last[0])?.view ?? null;
}
