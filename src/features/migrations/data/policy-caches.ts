import { Injectable } from '@nestjs/common';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import type { ObservedPolicy } from '../domain/policy.js';
import {
  type KubeVirtView,
  kubeVirtViews,
  type LabelledView,
  namespaceViews,
  policyViews,
  templateViews,
} from './policy-views.js';

/** The live copies of what decides how a machine is migrated. */
@Injectable()
export class PolicyCaches {
  readonly policies: ResourceCache<ObservedPolicy>;
  readonly namespaces: ResourceCache<LabelledView>;
  readonly templates: ResourceCache<LabelledView>;
  readonly #kubeVirts: ResourceCache<KubeVirtView>;

  constructor(cache: ClusterCache) {
    this.policies = cache.define(policyViews);
    this.namespaces = cache.define(namespaceViews);
    this.templates = cache.define(templateViews);
    this.#kubeVirts = cache.define(kubeVirtViews);
  }

  /** The cluster has one; undefined where virtgate may not see it. */
  get kubeVirt(): KubeVirtView | undefined {
    const [first] = this.#kubeVirts.all();
    return first;
  }
}
