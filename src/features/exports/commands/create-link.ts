import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { Database } from '../../../platform/database/database.js';
import { timeOrderedId } from '../../../platform/identifiers/time-ordered-id.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { ExportLinks } from '../data/export-links.js';
import { hashTicket, LONGEST_LINK_SECONDS, newTicket } from '../domain/link-ticket.js';
import { lifetime } from '../domain/specify.js';
import { OpenVolume, type VolumeRequest } from './open-volume.js';

export interface IssuedLink {
  id: string;
  ticket: string;
  expiresAt: Date;
}

/** Issues a one-time link to one volume in one format, good with its maker's rights only. */
@Injectable()
export class CreateLink {
  constructor(
    private readonly volumes: OpenVolume,
    private readonly links: ExportLinks,
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Throws what OpenVolume throws, and request.invalid. */
  async execute(
    { principal, project }: Caller,
    request: VolumeRequest,
    expiresIn: string,
  ): Promise<IssuedLink> {
    const seconds = lifetime(expiresIn, '/expiresIn', LONGEST_LINK_SECONDS);
    const { observed } = this.volumes.execute(project, request);
    const ticket = newTicket();
    const now = this.clock.now();
    const id = timeOrderedId(now);
    const expiresAt = new Date(now.getTime() + seconds * 1000);
    await this.database.transaction(async (tx) => {
      await this.links.insert(tx, {
        id,
        ticket_hash: hashTicket(ticket),
        project_id: project.id,
        export_name: request.export,
        export_uid: observed.uid,
        volume: request.volume,
        format: request.format,
        principal_id: principal.id,
        principal_type: principal.type,
        principal_name: principal.name,
        token_id: principal.tokenId,
        created_at: now,
        expires_at: expiresAt,
      });
      await this.audit.append(tx, {
        actor: principal,
        action: 'export-link.create',
        target: { type: 'export', name: request.export },
        project,
        result: 'succeeded',
        details: { link: id, volume: request.volume, format: request.format },
      });
    });
    return { id, ticket, expiresAt };
  }
}
