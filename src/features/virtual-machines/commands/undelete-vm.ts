import { Injectable } from '@nestjs/common';
import { TRASH_LABEL } from '../../access/trash.contract.js';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import { trashNotFound, trashPurging } from '../domain/trash-failures.js';
import { MachineWork } from '../machine-work.contract.js';
import { UNDELETE_KIND } from '../operation-kinds.js';
import { StartRules } from './start-rules.js';
import { TenantCluster } from './tenant-cluster.js';

/** KubeVirt starts a machine that has one of these by itself. */
const STARTS: ReadonlySet<string> = new Set(['Always', 'RerunOnFailure', 'Once']);

/** Brings a virtual machine back from the trash, with the run strategy that it had: one that ran by itself runs again. */
@Injectable()
export class UndeleteVm {
  constructor(
    private readonly caches: MachineCaches,
    private readonly starting: StartRules,
    private readonly cluster: TenantCluster,
    private readonly work: MachineWork,
  ) {}

  /** Throws trash.not_found, trash.purging, auth.forbidden, operation.in_progress. */
  async execute(caller: Caller, name: string): Promise<Outcome> {
    const trashed = this.caches.trash.get(caller.project.namespace, name);
    if (!trashed) throw trashNotFound(`There is no virtual machine "${name}" in the trash of this project.`);
    if (trashed.deleting) throw trashPurging();
    const runStrategy = trashed.trash?.runStrategy ?? 'Halted';
    const starts = STARTS.has(runStrategy);
    if (starts) this.starting.check(caller, trashed);
    const request = { kind: UNDELETE_KIND.kind, name, input: { uid: trashed.uid, starts } };
    if (isDryRun()) {
      const warnings = [...(await this.work.rehearse(caller, request))];
      await this.cluster.wouldPatch(caller, name, { metadata: { labels: { [TRASH_LABEL]: null } } });
      const effect = `It brings the virtual machine "${name}" back, with run strategy ${runStrategy}.${starts ? ' It starts.' : ''}`;
      return { preview: { dryRun: true, manifests: [], warnings, effect } };
    }
    return { operation: await this.work.begin(caller, request) };
  }
}
