import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { ExportLinks } from '../data/export-links.js';
import { exportLinkInvalid } from '../domain/failures.js';
import { hashTicket, isTicket } from '../domain/link-ticket.js';
import { DownloadAuthority } from './download-authority.js';
import { OpenVolume, type ReadableVolume } from './open-volume.js';

/** Redeems a one-time link with the rights that its maker has now. */
@Injectable()
export class RedeemLink {
  constructor(
    private readonly links: ExportLinks,
    private readonly authority: DownloadAuthority,
    private readonly volumes: OpenVolume,
    private readonly clock: Clock,
  ) {}

  /** Throws export.link_invalid, or what OpenVolume throws. With `keep` the link stays good: for HEAD. */
  async execute(ticket: string, { keep = false } = {}): Promise<{ caller: Caller; volume: ReadableVolume }> {
    if (!isTicket(ticket)) throw exportLinkInvalid();
    const hash = hashTicket(ticket);
    const now = this.clock.now();
    const link = keep ? await this.links.peek(hash, now) : await this.links.redeem(hash, now);
    if (!link) throw exportLinkInvalid();
    const caller = await this.authority.of(
      { id: link.principal_id, tokenId: link.token_id },
      link.project_id,
    );
    if (!caller) throw exportLinkInvalid();
    const { volume, format } = link;
    const readable = this.volumes.execute(caller.project, { export: link.export_name, volume, format });
    // A later export of the same name is another one.
    if (readable.observed.uid !== link.export_uid) throw exportLinkInvalid();
    return { caller, volume: readable };
  }
}
