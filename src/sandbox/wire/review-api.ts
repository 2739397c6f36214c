import type { NewObject, Untyped } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { badRequest } from '../store/refusals.js';
import { StatusError } from '../store/status-error.js';
import { header, type ResourceCall, readBody, sendJson } from './api-call.js';
import { AUTHENTICATED, type Authentication } from './authentication.js';
import { decodeBody } from './body-codec.js';
import type { User } from './extension.js';
import type { Attributes, RbacAuthorizer } from './rbac-authorizer.js';
import { ISSUER, type ServiceAccountTokens } from './service-account-tokens.js';

/** A kind that is only ever created and answers at once; nothing of it is kept. */
export interface ReviewKind {
  group: string;
  versions: readonly string[];
  plural: string;
  kind: string;
  namespaced: boolean;
}

const AUTHORIZATION = 'authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';

export const reviewKinds: ReviewKind[] = [
  {
    group: AUTHENTICATION,
    versions: ['v1'],
    plural: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    namespaced: false,
  },
  { group: AUTHENTICATION, versions: ['v1'], plural: 'tokenreviews', kind: 'TokenReview', namespaced: false },
  {
    group: AUTHORIZATION,
    versions: ['v1'],
    plural: 'localsubjectaccessreviews',
    kind: 'LocalSubjectAccessReview',
    namespaced: true,
  },
  {
    group: AUTHORIZATION,
    versions: ['v1'],
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    namespaced: false,
  },
  {
    group: AUTHORIZATION,
    versions: ['v1'],
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    namespaced: false,
  },
  {
    group: AUTHORIZATION,
    versions: ['v1'],
    plural: 'subjectaccessreviews',
    kind: 'SubjectAccessReview',
    namespaced: false,
  },
];

const MIN_TOKEN_SECONDS = 600;
const DEFAULT_TOKEN_SECONDS = 3600;

function attributesOf(spec: Untyped): Attributes {
  if (spec?.nonResourceAttributes)
    return { verb: spec.nonResourceAttributes.verb, path: spec.nonResourceAttributes.path };
  const asked = spec?.resourceAttributes;
  if (!asked)
    throw badRequest(
      'spec: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  return {
    verb: asked.verb ?? '',
    group: asked.group ?? '',
    resource: asked.subresource ? `${asked.resource}/${asked.subresource}` : (asked.resource ?? ''),
    ...(asked.namespace ? { namespace: asked.namespace } : {}),
    ...(asked.name ? { name: asked.name } : {}),
  };
}

/** Access and token reviews, "who am I", and tokens for service accounts. */
export class ReviewApi {
  constructor(
    private readonly store: ObjectStore,
    private readonly rbac: RbacAuthorizer,
    private readonly authentication: Authentication,
    private readonly tokens: ServiceAccountTokens,
  ) {}

  find(group: string, version: string, plural: string): ReviewKind | undefined {
    return reviewKinds.find(
      (kind) => kind.group === group && kind.plural === plural && kind.versions.includes(version),
    );
  }

  async serve(call: ResourceCall, kind: ReviewKind): Promise<void> {
    if (call.method !== 'POST')
      throw new StatusError(
        405,
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
        {},
      );
    const body = decodeBody(
      await readBody(call.raw),
      header(call.raw, 'content-type'),
      kind.kind,
    ) as NewObject;
    const status = await this.review(call, kind, body.spec ?? {});
    sendJson(
      call,
      201,
      JSON.stringify({
        kind: kind.kind,
        apiVersion: `${kind.group}/${call.info.version}`,
        metadata: { creationTimestamp: null },
        ...(kind.kind === 'SelfSubjectReview' ? {} : { spec: body.spec ?? {} }),
        status,
      }),
    );
  }

  private async review(call: ResourceCall, kind: ReviewKind, spec: Untyped): Promise<object> {
    switch (kind.kind) {
      case 'SelfSubjectReview':
        return { userInfo: userInfo(call.user) };
      case 'TokenReview':
        return this.reviewToken(spec);
      case 'SelfSubjectAccessReview':
        return this.decide(call.user, attributesOf(spec));
      case 'SelfSubjectRulesReview':
        return this.rules(call.user, spec.namespace);
      default:
        return this.decide(
          { name: spec.user ?? '', groups: spec.groups ?? [], uid: spec.uid, extra: spec.extra },
          attributesOf(spec),
        );
    }
  }

  private decide(user: User, asked: Attributes): object {
    const reason = this.rbac.allows(user, asked);
    return reason === undefined ? { allowed: false } : { allowed: true, reason };
  }

  private rules(user: User, namespace: string | undefined): object {
    const rules = this.rbac.rulesOf(user, namespace);
    return {
      resourceRules: rules
        .filter((rule) => rule.resources)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs,
          apiGroups,
          resources,
          ...(resourceNames ? { resourceNames } : {}),
        })),
      nonResourceRules: rules
        .filter((rule) => rule.nonResourceURLs)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
    };
  }

  private async reviewToken(spec: { token?: string; audiences?: string[] }): Promise<object> {
    for (const audience of spec.audiences?.length ? spec.audiences : [ISSUER]) {
      const user = spec.token ? await this.authentication.userOf(spec.token, audience) : undefined;
      if (user) return { authenticated: true, user: userInfo(user), audiences: [audience] };
    }
    return { user: {}, error: '[invalid bearer token]' };
  }

  /** POST .../serviceaccounts/{name}/token. Tokens live an hour unless asked otherwise, never under ten minutes. */
  async issueToken(call: ResourceCall): Promise<void> {
    const { namespace, name } = call.info;
    const account = this.store.get('serviceaccounts', namespace, name as string);
    if (!account)
      throw new StatusError(404, 'NotFound', `serviceaccounts "${name}" not found`, {
        name,
        kind: 'serviceaccounts',
      });
    const bytes = await readBody(call.raw);
    const body = (
      bytes.length === 0 ? {} : decodeBody(bytes, header(call.raw, 'content-type'), 'TokenRequest')
    ) as NewObject;
    const seconds: number = body.spec?.expirationSeconds ?? DEFAULT_TOKEN_SECONDS;
    if (seconds < MIN_TOKEN_SECONDS)
      throw new StatusError(
        422,
        'Invalid',
        `TokenRequest.authentication.k8s.io "${name}" is invalid: spec.expirationSeconds: Invalid value: ${seconds}: may not specify a duration less than 10 minutes`,
        { name, group: AUTHENTICATION, kind: 'TokenRequest' },
      );
    const audiences: string[] = body.spec?.audiences?.length ? body.spec.audiences : [ISSUER];
    const { token, expiration } = await this.tokens.issue(account, audiences, seconds);
    sendJson(
      call,
      201,
      JSON.stringify({
        kind: 'TokenRequest',
        apiVersion: `${AUTHENTICATION}/v1`,
        metadata: { name, namespace, creationTimestamp: null },
        spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
        status: { token, expirationTimestamp: expiration.toISOString().replace(/\.\d+Z$/, 'Z') },
      }),
    );
  }
}

const userInfo = (user: User) => ({
  username: user.name,
  ...(user.uid ? { uid: user.uid } : {}),
  groups: user.groups.length > 0 ? user.groups : [AUTHENTICATED],
  ...(user.extra ? { extra: user.extra } : {}),
});
