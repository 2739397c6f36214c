import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/database.js';
import { BeginOperationCommand } from './commands/begin-operation.js';
import { OperationReader } from './data/operation-reader.js';
import { Ledgers } from './ledgers.js';
import { OperationChanges } from './operation-changes.js';
import { OperationKinds } from './operation-kinds.js';
import {
  type BeginOperation,
  type OperationKind,
  type OperationLedger,
  OperationsContract,
  type OperationView,
} from './operations.contract.js';

@Injectable()
export class Operations extends OperationsContract {
  constructor(
    private readonly kinds: OperationKinds,
    private readonly command: BeginOperationCommand,
    private readonly reader: OperationReader,
    private readonly ledgers: Ledgers,
    private readonly changes: OperationChanges,
  ) {
    super();
  }

  registerKind(kind: OperationKind): void {
    this.kinds.register(kind);
  }

  begin(tx: Tx, request: BeginOperation): Promise<OperationView> {
    return this.command.execute(tx, request);
  }

  keepLedger(ledger: OperationLedger): void {
    this.ledgers.keep(ledger);
  }

  rehearse(request: Omit<BeginOperation, 'principal'>): Promise<readonly string[]> {
    return this.ledgers.rehearse(request);
  }

  async get(id: string): Promise<OperationView | null> {
    return (await this.reader.find(id))?.view ?? null;
  }

  untilSettled(id: string, ms: number): Promise<OperationView | null> {
    return this.changes.untilSettled(id, ms);
  }

  unfinished(projectId: string, type: string, name: string): Promise<OperationView[]> {
    return this.reader.unfinishedOn(projectId, { type, name });
  }
}
