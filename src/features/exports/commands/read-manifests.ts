import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { Database } from '../../../platform/database/database.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { ExportServer } from '../data/export-server.js';
import { exportRefused } from '../domain/failures.js';
import { TARGET_TYPE } from '../domain/names.js';
import type { ExportLink } from '../domain/observed.js';
import { OpenVolume } from './open-volume.js';

/** Bytes; a machine of a hundred disks has less. */
const LONGEST = 4 * 1024 * 1024;
const PATIENCE_MS = 30_000;

/**
 * What the cluster's export server says of the machine that an export is of. Its other manifest, the Secret with the
 * export's token, is never asked for.
 */
@Injectable()
export class ReadManifests {
  constructor(
    private readonly volumes: OpenVolume,
    private readonly server: ExportServer,
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** The same to be shown with what is secret in it; on record. */
  async revealed({ principal, project }: Caller, name: string): Promise<KubeObject[]> {
    const objects = await this.execute(project, name);
    await this.database.transaction((tx) =>
      this.audit.append(tx, {
        actor: principal,
        action: 'export-manifests.create',
        target: { type: TARGET_TYPE, name },
        project,
        result: 'succeeded',
      }),
    );
    return objects;
  }

  /** Empty where there is no machine. Throws what OpenVolume throws, export.unreachable, export.refused. */
  async execute(project: ProjectRef, name: string): Promise<KubeObject[]> {
    const { observed, token } = this.volumes.ready(project, name);
    const url = ({ manifests }: ExportLink) => manifests.find(({ type }) => type === 'all')?.url;
    if (![observed.internal, observed.external].some((link) => link && url(link))) return [];
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const question = { url, token, accept: 'application/json', signal };
    const { status, body } = await this.server.ask(observed, question);
    if (status !== 200) {
      body.on('error', () => {}).destroy();
      throw exportRefused();
    }
    return itemsOf(await textOf(body));
  }
}

async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > LONGEST) throw exportRefused('The manifests of the export are too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** A List; it is read, not trusted. */
function itemsOf(text: string): KubeObject[] {
  try {
    const { items } = JSON.parse(text);
    if (Array.isArray(items) && items.every(isObject)) return items;
  } catch {
    // Told below.
  }
  throw exportRefused('The manifests of the export cannot be read.');
}

const isObject = (value: Partial<KubeObject> | null): value is KubeObject =>
  typeof value?.kind === 'string' && typeof value.metadata?.name === 'string';
