import { Injectable } from '@nestjs/common';
import { AccessPort } from '../../../platform/access/access-port.js';
import { AccessContract, ProjectDirectory } from '../../access/access.contract.js';
import type { ConsoleSessionRow } from '../data/console-sessions.js';

/** Whether the maker of a session may (still) use it. */
@Injectable()
export class ConsoleAuthority {
  constructor(
    private readonly access: AccessPort,
    private readonly contract: AccessContract,
    private readonly projects: ProjectDirectory,
  ) {}

  /** Null when the maker, the project or the right is gone. */
  async of(session: ConsoleSessionRow) {
    const principal = await this.access.refresh({ id: session.principal_id, tokenId: session.token_id });
    const project = this.projects.byId(session.project_id);
    if (!principal || !project || !this.access.allows(principal, 'consoles:open', project)) return null;
    return { project, impersonation: this.contract.impersonationOf(principal, project) };
  }
}
