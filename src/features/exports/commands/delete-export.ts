import { Injectable } from '@nestjs/common';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { ExportDirectory } from '../data/export-directory.js';
import { CREATE_KIND, DELETE_KIND } from '../operation-kinds.js';
import { TenantCluster } from './tenant-cluster.js';
import { Work } from './work.js';

/** Ends an export before its time; what it was made from stays. */
@Injectable()
export class DeleteExport {
  constructor(
    private readonly directory: ExportDirectory,
    private readonly cluster: TenantCluster,
    private readonly work: Work,
  ) {}

  /** Throws export.not_found. */
  async execute(caller: Caller, name: string): Promise<Outcome> {
    const { uid } = this.directory.get(caller.project, name);
    if (isDryRun()) {
      await this.cluster.wouldDelete(caller, name);
      const effect = `It ends the export "${name}"; its source stays as it is.`;
      return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
    }
    const request = {
      kind: DELETE_KIND.kind,
      name,
      input: { uid },
      // What is to go need not become ready first.
      supersedes: [CREATE_KIND.kind],
    };
    return { operation: await this.work.begin(caller, request) };
  }
}
