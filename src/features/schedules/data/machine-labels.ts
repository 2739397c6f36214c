import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import {
  ClusterCache,
  type Keyed,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import { VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { isTrashed } from '../../access/trash.contract.js';

interface LabelledMachine extends Keyed {
  labels: Readonly<Record<string, string>>;
}

const labelledMachines: ViewDefinition<LabelledMachine> = {
  kind: VIRTUAL_MACHINE,
  project: ({ metadata }: KubeObject) =>
    // A machine on its way out, or in the trash, is nothing to take a snapshot of.
    metadata.deletionTimestamp || isTrashed({ metadata })
      ? null
      : {
          namespace: metadata.namespace ?? '',
          name: metadata.name,
          uid: metadata.uid ?? '',
          resourceVersion: metadata.resourceVersion ?? '',
          labels: { ...metadata.labels },
        },
};

/** Machines as a selector looks at them. */
@Injectable()
export class MachineLabels {
  readonly #machines: ResourceCache<LabelledMachine>;

  constructor(cache: ClusterCache) {
    this.#machines = cache.define(labelledMachines);
  }

  /** False until the cluster has been read once: then nothing selected would mean nothing. */
  get known(): boolean {
    return this.#machines.synced;
  }

  /** By name. */
  of({ namespace }: Pick<ProjectRef, 'namespace'>): readonly LabelledMachine[] {
    return this.#machines.inNamespace(namespace);
  }
}
