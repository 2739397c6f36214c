import { Injectable } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import {
  ClusterCache,
  type Keyed,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import { VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { nameOf, SSH_ANNOTATION, sshAccessOf } from '../ssh-access.contract.js';

interface KeyUser extends Keyed {
  /** Names of the project's keys that its guest agent brings in. */
  keyNames: readonly string[];
}

const keyUsers: ViewDefinition<KeyUser> = {
  kind: VIRTUAL_MACHINE,
  project: ({ metadata }: KubeObject) => {
    const keys = sshAccessOf(metadata.annotations?.[SSH_ANNOTATION])?.keys ?? [];
    const keyNames = keys.flatMap((key) => nameOf(key) ?? []);
    if (keyNames.length === 0) return null;
    const { namespace = '', name, uid = '', resourceVersion = '' } = metadata;
    return { namespace, name, uid, resourceVersion, keyNames };
  },
  indexes: { key: ({ namespace, keyNames }) => keyNames.map((name) => `${namespace}/${name}`) },
};

/** Machines that let people in by keys of their project. */
@Injectable()
export class KeyUsers {
  readonly #machines: ResourceCache<KeyUser>;

  constructor(cache: ClusterCache) {
    this.#machines = cache.define(keyUsers);
  }

  /** Their names, sorted. */
  of({ namespace }: Pick<ProjectRef, 'namespace'>, key: string): string[] {
    return this.#machines
      .by('key', `${namespace}/${key}`)
      .map(({ name }) => name)
      .sort();
  }

  /** Throws service.unavailable until the cluster was read once: no users would mean nothing. */
  require(project: Pick<ProjectRef, 'namespace'>, key: string): string[] {
    if (!this.#machines.synced) throw unavailable('The machines of the cluster have not been read yet.');
    return this.of(project, key);
  }
}
