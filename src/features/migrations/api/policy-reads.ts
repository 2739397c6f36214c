import { Injectable } from '@nestjs/common';
import type { Page } from '../../../kernel/page.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { entityTag } from '../../../platform/http/etag.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { missing } from '../commands/policies.js';
import { PolicyCaches } from '../data/policy-caches.js';
import type { ObservedPolicy } from '../domain/policy.js';
import { type PolicyView, policyVersion, policyView } from '../domain/policy-view.js';

export const POLICY_TYPE = 'MigrationPolicy';

/** A policy as GraphQL answers it. */
export interface PolicyNode extends PolicyView {
  uid: string;
  etag: string;
}

export const policyNode = (policy: ObservedPolicy): PolicyNode => ({
  ...policyView(policy),
  id: toGlobalId(POLICY_TYPE, policy.uid),
  uid: policy.uid,
  etag: entityTag(policyVersion(policy)),
});

interface Relay {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** What the doors of REST and GraphQL read alike. */
@Injectable()
export class PolicyReads {
  constructor(
    private readonly caches: PolicyCaches,
    private readonly pager: Pager,
  ) {}

  find(name: string): ObservedPolicy | null {
    return this.caches.policies.get('', name) ?? null;
  }

  /** Throws migration_policy.not_found. */
  get(name: string): ObservedPolicy {
    const found = this.find(name);
    if (!found) throw missing(name);
    return found;
  }

  byUid(uid: string): ObservedPolicy | null {
    for (const policy of this.caches.policies.all()) if (policy.uid === uid) return policy;
    return null;
  }

  page(q: string | null, page: { limit?: number; cursor?: string }): Page<ObservedPolicy> {
    return this.pager.page(this.#named(q), { ...page, ...ordering(q) });
  }

  connection(q: string | null, { first, after, last, before }: Relay): Connection<PolicyNode> {
    const page = { first, after, last, before };
    return this.pager.connection(this.#named(q).map(policyNode), { ...page, ...ordering(q) });
  }

  #named(q: string | null): ObservedPolicy[] {
    const wanted = q?.toLowerCase() ?? '';
    return [...this.caches.policies.all()]
      .filter(({ name }) => name.includes(wanted))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

const ordering = (q: string | null) => ({
  order: 'name',
  filter: ['migration-policies', q],
  keyOf: ({ name }: { name: string }) => [name],
});
