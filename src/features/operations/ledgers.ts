import { Injectable } from '@nestjs/common';
import { projectOrNull } from '../../kernel/principal.js';
import { Database, type Tx } from '../../platform/database/database.js';
import { OperationKinds } from './operation-kinds.js';
import type {
  BeginOperation,
  OperationLedger,
  OperationRecord,
  Reservation,
  Take,
} from './operations.contract.js';

type Beginning = Parameters<OperationLedger['reserve']>[1];
const NOTHING: Reservation = { warnings: [], enter: async () => {} };

/** The ledger of this process, if a room keeps one. */
@Injectable()
export class Ledgers {
  private ledger: OperationLedger | null = null;

  constructor(
    private readonly kinds: OperationKinds,
    private readonly database: Database,
  ) {}

  keep(ledger: OperationLedger): void {
    if (this.ledger && this.ledger !== ledger) throw new Error('Two rooms keep the ledger of operations.');
    this.ledger = ledger;
  }

  async reserve(
    tx: Tx,
    operation: Beginning,
    takes: readonly Take[],
    replaces: readonly string[],
  ): Promise<Reservation> {
    if (!this.ledger || (takes.length === 0 && replaces.length === 0)) return NOTHING;
    return this.ledger.reserve(tx, operation, takes, replaces);
  }

  /** As `reserve` would do, with nothing written. Returns warnings. */
  async rehearse({
    kind,
    project,
    target,
    input,
  }: Omit<BeginOperation, 'principal'>): Promise<readonly string[]> {
    const draft = { id: 'dry-run', kind, project, target, input };
    const takes = this.kinds.get(kind).takes(draft);
    if (!this.ledger || takes.length === 0) return [];
    return this.database.transaction(async (tx) => (await this.reserve(tx, draft, takes, [])).warnings);
  }

  async settle(tx: Tx, operation: Pick<OperationRecord, 'id' | 'project'>): Promise<void> {
    // What is nobody's project's takes of no quota.
    if (projectOrNull(operation.project)) await this.ledger?.settle(tx, operation);
  }
}
