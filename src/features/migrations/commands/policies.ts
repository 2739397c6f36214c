import { Injectable } from '@nestjs/common';
import { formatCreatedBy } from '../../../kernel/created-by.js';
import { Failure } from '../../../kernel/failure.js';
import { preconditionFailed, requestInvalid } from '../../../kernel/failures.js';
import type { Principal } from '../../../kernel/principal.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { MIGRATION_POLICY } from '../../../platform/cluster/kinds.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { observePolicy } from '../data/policy-views.js';
import { migrationPolicyExists, migrationPolicyNotFound } from '../domain/failures.js';
import { ANNOTATION } from '../domain/migration-manifest.js';
import type { ObservedPolicy } from '../domain/policy.js';
import {
  type CreatePolicyBody,
  type PolicyBody,
  policyManifest,
  policyPatch,
} from '../domain/policy-body.js';
import { PlatformChange } from './platform-change.js';

/** Throws what the version of a request does not allow. */
export type Expectation = (present: ObservedPolicy) => void;

const TYPE = 'migration-policy';

/** Makes, changes and deletes migration policies: each is one write to the cluster, done when it is answered. */
@Injectable()
export class MigrationPolicies {
  constructor(
    private readonly change: PlatformChange,
    private readonly cluster: ClusterClient,
  ) {}

  /** Throws migration_policy.exists, request.invalid. */
  create(principal: Principal, body: CreatePolicyBody): Promise<ObservedPolicy> {
    const manifest = policyManifest(body, {
      [ANNOTATION.createdBy]: formatCreatedBy(principal),
      [ANNOTATION.requestId]: currentContext()?.requestId ?? 'unknown',
    });
    return this.change.run(principal, deed('create', body.name), async (options) => {
      try {
        return observed(await this.cluster.create(MIGRATION_POLICY, null, manifest, options));
      } catch (error) {
        if (codeOf(error) !== 'cluster.already_exists') throw told(error);
        throw migrationPolicyExists(`There is a migration policy "${body.name}" already.`);
      }
    });
  }

  /** Throws migration_policy.not_found, request.precondition_failed, request.invalid. */
  update(principal: Principal, name: string, body: PolicyBody, expect: Expectation): Promise<ObservedPolicy> {
    return this.change.run(principal, deed('update', name), async (options) => {
      const present = await this.#present(name);
      expect(present);
      // What was looked at is what is changed: a write in between is a conflict, not a loss.
      const metadata = { resourceVersion: present.resourceVersion };
      const patch = { type: 'merge' as const, body: { metadata, ...policyPatch(body, present) } };
      try {
        return observed(await this.cluster.patch(MIGRATION_POLICY, null, name, patch, options));
      } catch (error) {
        throw told(error);
      }
    });
  }

  /** Throws migration_policy.not_found, request.precondition_failed. */
  delete(principal: Principal, name: string, expect: Expectation): Promise<void> {
    return this.change.run(principal, deed('delete', name), async (options) => {
      const present = await this.#present(name);
      expect(present);
      try {
        await this.cluster.delete(MIGRATION_POLICY, null, name, { ...options, uid: present.uid });
      } catch (error) {
        if (codeOf(error) === 'cluster.not_found') throw missing(name);
        throw told(error);
      }
    });
  }

  async #present(name: string): Promise<ObservedPolicy> {
    try {
      return observed(await this.cluster.get(MIGRATION_POLICY, null, name));
    } catch (error) {
      if (codeOf(error) === 'cluster.not_found') throw missing(name);
      throw error;
    }
  }
}

const deed = (verb: string, name: string) => ({ action: `${TYPE}.${verb}`, target: { type: TYPE, name } });
const observed = (object: object): ObservedPolicy => observePolicy(object as KubeObject);
const codeOf = (error: unknown): string | null => (error instanceof Failure ? error.code : null);
export const missing = (name: string) => migrationPolicyNotFound(`There is no migration policy "${name}".`);

/** The cluster's word on the content of a policy is about the request. */
function told(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  if (error.code === 'cluster.conflict') return preconditionFailed(undefined, { cause: error });
  return error.code === 'cluster.refused' ? requestInvalid(error.message, { cause: error }) : error;
}
