import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { NAMESPACE } from '../../../platform/cluster/kinds.js';
import { PROJECT_ID_LABEL } from '../data/project-manifests.js';
import { namespaceNotAdoptable } from '../domain/access-failures.js';
import { isSystemNamespace } from '../domain/names.js';

/** Whether a namespace that is there already may become that of a project. */
@Injectable()
export class NamespaceAdoption {
  constructor(private readonly cluster: ClusterClient) {}

  /** Throws project.namespace_not_adoptable. */
  async check(name: string): Promise<void> {
    if (isSystemNamespace(name)) throw namespaceNotAdoptable(`"${name}" belongs to the platform.`);
    const found = await this.#find(name);
    if (!found) throw namespaceNotAdoptable(`There is no namespace "${name}".`);
    if (found.metadata.deletionTimestamp) throw namespaceNotAdoptable(`"${name}" is being deleted.`);
    if (found.metadata.labels?.[PROJECT_ID_LABEL] !== undefined) {
      throw namespaceNotAdoptable(`"${name}" is that of a project.`);
    }
  }

  async #find(name: string) {
    try {
      return await this.cluster.get(NAMESPACE, null, name);
    } catch (error) {
      if (error instanceof Failure && error.code === 'cluster.not_found') return null;
      throw error;
    }
  }
}
