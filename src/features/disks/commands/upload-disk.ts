import { Injectable } from '@nestjs/common';
import { AccessContract } from '../../access/access.contract.js';
import { type Caller, isDryRun, type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { DiskDirectory } from '../data/disk-directory.js';
import type { DiskRow } from '../data/disk-row.js';
import { refuseUnlessTaken } from '../data/upload-answer.js';
import { UploadGate } from '../data/upload-gate.js';
import { sendToUploadProxy, type UploadContent } from '../data/upload-proxy.js';
import { diskNotFound, uploadNotExpected } from '../domain/disk-failures.js';
import type { DiskAddress } from '../domain/names.js';
import { UPLOAD_DISK_KIND } from '../operation-kinds.js';
import { DiskWork } from './disk-work.js';
import { asFailure, failed, type UploadInHand, UploadsInHand } from './uploads-in-hand.js';

/**
 * Passes the content of a disk on to CDI as it comes. The operation follows by what is noted on the claim; who sends the
 * content is told at once how it went.
 */
@Injectable()
export class UploadDisk {
  constructor(
    private readonly directory: DiskDirectory,
    private readonly access: AccessContract,
    private readonly gate: UploadGate,
    private readonly work: DiskWork,
    private readonly uploads: UploadsInHand,
  ) {}

  async execute(caller: Caller, name: string, content: UploadContent): Promise<Outcome> {
    const { principal, project } = caller;
    const row = this.directory.getAny(project, name);
    if (!row) throw diskNotFound(`There is no disk "${name}" in this project.`);
    const refusal = refusalOf(row);
    if (isDryRun()) {
      if (refusal) throw refusal;
      return { preview: uploadPreview(name) };
    }
    const as = this.access.impersonationOf(principal, project);
    const disk = { namespace: project.namespace, name, uid: row.uid };
    await this.uploads.waitForFailed(caller, disk);
    const request = { kind: UPLOAD_DISK_KIND.kind, name, input: { uid: row.uid } };
    const operation = await this.work.begin(caller, request, refusal);
    const sender = { requester: principal, project };
    const upload = { operation: operation.id, disk, as, sender, received: 0, total: content.length };
    await this.#pass({ ...upload, until: () => null }, content);
    return { operation };
  }

  async #pass(upload: UploadInHand, content: UploadContent): Promise<void> {
    const { operation, disk, as } = upload;
    // The one before may not have left CDI yet.
    const again = this.gate.lastNote(disk)?.state === 'failed';
    const { note, signal, say, stop } = this.uploads.begin(upload);
    try {
      await say();
      const answer = await sendToUploadProxy(await this.gate.open(disk, as), content, {
        again,
        signal,
        onReceived: (received) => {
          note.received = received;
        },
        onSent: () => {
          note.state = 'sent';
        },
      });
      refuseUnlessTaken(answer);
      stop();
      await say({ state: 'sent' });
    } catch (error) {
      stop();
      const failure = asFailure(error);
      await this.uploads.settle(operation, say(failed(failure)));
      throw failure;
    }
  }
}

/** The note of an upload whose gateway died says Uploading; the operation is who knows. */
export const refusalOf = ({ name, state }: Pick<DiskRow, 'name' | 'state'>) =>
  state === 'UploadReady' || state === 'Uploading'
    ? null
    : uploadNotExpected(`The disk "${name}" is ${state}.`);

export const uploadPreview = (name: DiskAddress['name']): Preview => ({
  dryRun: true,
  manifests: [],
  warnings: [],
  effect: `It takes the body as the content of the disk "${name}".`,
});
