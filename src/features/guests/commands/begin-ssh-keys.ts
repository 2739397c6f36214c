import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { Database } from '../../../platform/database/database.js';
import { OperationsContract, type OperationView } from '../../operations/operations.contract.js';
import type { SshAccess } from '../domain/ssh-access.js';
import { MACHINE_TARGET, SET_SSH_KEYS_KIND } from '../operation-kinds.js';

/** Who asks, and where the right to it was checked. */
export interface Caller {
  principal: Principal;
  project: ProjectRef;
}

/** Begins the operation, in a transaction of its own. */
@Injectable()
export class BeginSshKeys implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsContract,
  ) {}

  onModuleInit(): void {
    this.operations.registerKind(SET_SSH_KEYS_KIND);
  }

  operation(
    { principal, project }: Caller,
    name: string,
    input: SshAccess & { uid: string },
    warnings: string[],
  ): Promise<OperationView> {
    const target = { type: MACHINE_TARGET, name };
    return this.database.transaction((tx) =>
      this.operations.begin(tx, {
        kind: SET_SSH_KEYS_KIND.kind,
        principal,
        project,
        target,
        warnings,
        input: { ...input },
      }),
    );
  }
}
