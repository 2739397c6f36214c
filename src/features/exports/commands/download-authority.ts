import { Injectable } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { Database } from '../../../platform/database/database.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { type Caller } from '../../operations/outcome.contract.js';
import type { ReadableVolume } from './open-volume.js';

/** Whether somebody may (still) download from a project; and the record of it. */
@Injectable()
export class DownloadAuthority {
  constructor(
    private readonly access: AccessPort,
    private readonly projects: ProjectDirectory,
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** With the rights of this moment; null when the principal, the project or the right is gone. */
  async of(
    who: { id: string; tokenId: string | null },
    projectId: string,
  ): Promise<{ principal: Principal; project: ProjectRef } | null> {
    const principal = await this.access.refresh(who);
    const project = this.projects.byId(projectId);
    if (!principal || !project || !this.access.allows(principal, 'exports:download', project)) return null;
    return { principal, project };
  }

  async record({ principal, project }: Caller, { observed, volume, format }: ReadableVolume): Promise<void> {
    await this.database.transaction((tx) =>
      this.audit.append(tx, {
        actor: principal,
        action: 'export.download',
        target: { type: 'export', name: observed.name },
        project,
        result: 'accepted',
        details: { volume, format },
      }),
    );
  }
}
