import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit, Optional } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../kernel/clock.js';
import { forbidden, unauthenticated } from '../../kernel/failures.js';
import type { Permission } from '../../kernel/permission.js';
import type { Principal, ProjectRef } from '../../kernel/principal.js';
import { AccessPort, type TenantRef } from '../../platform/access/access-port.js';
import type { Impersonation } from '../../platform/cluster/cluster-client.js';
import { Database } from '../../platform/database/database.js';
import { ExternalSignIn } from '../../platform/sign-in/external-sign-in.js';
import { AccessContract, type Reach, type Requester } from './access.contract.js';
import { AccessDirectory, type ProjectRecord } from './data/access-directory.js';
import { CredentialStore } from './data/credential-store.js';
import { PrincipalCache } from './data/principal-cache.js';
import { projectDeleting, unseen } from './domain/access-failures.js';
import { type Grants, grantsOf } from './domain/grants.js';
import { smallestCovering } from './domain/roles.js';
import { foreignTokenHash, tokenHash } from './domain/token-secret.js';

const MOST_REMEMBERED = 10_000;

/** What may still be done with a project that is on its way out. */
const WHILE_DELETING: ReadonlySet<Permission> = new Set(['projects:delete', 'operations:cancel']);

/** Answers every question of the form "may they?", from memory. */
@Injectable()
export class AccessAuthority implements AccessPort, AccessContract, OnModuleInit, OnModuleDestroy {
  private readonly principals = new PrincipalCache();
  /** Credentials that were good once: unlike what they stand for, that is not forgotten when something changes. */
  private readonly good = new LRUCache<string, true>({ max: MOST_REMEMBERED });
  private silence: (() => void) | null = null;

  constructor(
    private readonly database: Database,
    private readonly credentials: CredentialStore,
    private readonly directory: AccessDirectory,
    private readonly clock: Clock,
    // In processes with doors only: jobs know their requester by ids.
    @Optional() @Inject(ExternalSignIn) private readonly external: ExternalSignIn | null = null,
  ) {}

  onModuleInit(): void {
    this.silence = this.database.listen('access', (signal) => this.heard(signal));
  }

  onModuleDestroy(): void {
    this.silence?.();
  }

  /**
   * Takes a signal that something about access has changed: `account/<id>`, `token/<id>`, `role/<name>`,
   * `group/<name>`, `tenant/<id>`, `project/<id>`; null for "some may have been missed".
   */
  heard(signal: string | null): void {
    const [noun, id] = signal?.split('/') ?? [];
    if (noun === 'account') this.principals.invalidate((principal) => principal.id === id);
    else if (noun === 'token') this.principals.invalidate((principal) => principal.tokenId === id);
    else if (noun !== 'tenant' && noun !== 'project') this.principals.invalidate(() => true);
  }

  async authenticate(token: string): Promise<Principal> {
    const hash = tokenHash(token);
    const principal = hash
      ? await this.principals.get(keyOf(hash), () => this.credentials.byTokenHash(hash))
      : await this.signedIn(token);
    if (!principal || this.expired(principal)) {
      throw unauthenticated('The token is unknown, expired or revoked.');
    }
    const key = keyOf(hash ?? foreignTokenHash(token));
    if (!this.good.has(key)) this.good.set(key, true);
    return principal;
  }

  /** Asked again of its issuer whenever the memory of it is a few seconds old. */
  private async signedIn(token: string): Promise<Principal | null> {
    const { external } = this;
    if (!external || external.aliases.length === 0) return null;
    const hash = foreignTokenHash(token);
    return this.principals.get(keyOf(hash), async () => {
      const identity = await external.identify(token);
      return identity && this.credentials.bySignIn(hash, identity);
    });
  }

  /** Does a name as others know it (`<alias>/<name>`) belong to an issuer whose word is taken here? */
  knowsIssuerOf(name: string): boolean {
    return this.external?.aliases.includes(name.slice(0, name.indexOf('/'))) ?? false;
  }

  async refresh({ id, tokenId }: { id: string; tokenId: string | null }): Promise<Principal | null> {
    const principal = await this.present({ id, tokenId });
    return principal && !this.expired(principal) ? principal : null;
  }

  async project(principal: Principal, name: string, permission: Permission): Promise<ProjectRecord> {
    const project = await this.directory.findProject(name);
    const grants = this.grants(principal);
    if (!project || !grants.seesProject(project)) throw unseen('project', name);
    if (!grants.inProject(permission, project)) throw lacking(permission, `project "${name}"`);
    if (project.state === 'Deleting' && !permission.endsWith(':read') && !WHILE_DELETING.has(permission)) {
      throw projectDeleting(`Project "${name}" is being deleted.`);
    }
    return project;
  }

  async tenant(principal: Principal, name: string, permission: Permission): Promise<TenantRef> {
    const tenant = await this.directory.findTenant(name);
    const grants = this.grants(principal);
    if (!tenant || !grants.seesTenant(tenant.id)) throw unseen('tenant', name);
    if (!grants.inTenant(permission, tenant.id)) throw lacking(permission, `tenant "${name}"`);
    return tenant;
  }

  platform(principal: Principal, permission: Permission): void {
    if (!this.grants(principal).platform.has(permission)) throw lacking(permission, 'the platform');
  }

  remembers(token: string): boolean {
    return this.good.has(keyOf(tokenHash(token) ?? foreignTokenHash(token)));
  }

  placeOf(kind: 'project' | 'tenant', name: string) {
    const project = kind === 'project' ? this.directory.byName(name) : undefined;
    const tenantId = kind === 'project' ? project?.tenantId : this.directory.tenantByName(name)?.id;
    return tenantId === undefined ? null : { project: project ?? null, tenantId };
  }

  async projects(principal: Principal, permission: Permission): Promise<ProjectRecord[]> {
    await this.directory.ensureLoaded();
    return [...this.directory.reachedBy(this.grants(principal), permission)];
  }

  allows(principal: Principal, permission: Permission, project: ProjectRef): boolean {
    return !this.expired(principal) && this.grants(principal).inProject(permission, project);
  }

  /** What the principal may do, its token's scopes taken into account. */
  grants(principal: Principal): Grants {
    return grantsOf(principal, this.clock.now());
  }

  reachOf(principal: Principal, permission: Permission): Reach {
    return this.grants(principal).reach(permission);
  }

  impersonationOf(principal: Principal, project: ProjectRef): Impersonation {
    const role = smallestCovering(this.grants(principal).ofProject(project));
    if (!role) throw forbidden(`There are no rights in project "${project.name}".`);
    return {
      user: `virtgate:${principal.type}:${principal.id}`,
      // The API server adds system:authenticated by itself.
      groups: [`virtgate:project:${project.name}:${role}`],
    };
  }

  async impersonationFor(
    requester: Requester,
    project: ProjectRef,
    permission: Permission,
  ): Promise<Impersonation> {
    const principal = await this.present(requester);
    if (!principal || !this.grants(principal).inProject(permission, project)) {
      throw lacking(permission, `project "${project.name}"`);
    }
    return this.impersonationOf(principal, project);
  }

  platformImpersonationOf(principal: Principal, permission: Permission): Impersonation {
    this.platform(principal, permission);
    return { user: `virtgate:${principal.type}:${principal.id}`, groups: [PLATFORM_GROUP] };
  }

  async platformImpersonationFor(requester: Requester, permission: Permission): Promise<Impersonation> {
    const principal = await this.present(requester);
    if (!principal) throw lacking(permission, 'the platform');
    return this.platformImpersonationOf(principal, permission);
  }

  private async present({ id, tokenId }: { id: string; tokenId: string | null }): Promise<Principal | null> {
    const principal = tokenId
      ? await this.principals.get(`token/${tokenId}`, () => this.credentials.byTokenId(tokenId))
      : await this.principals.get(`account/${id}`, () => this.credentials.byAccountId(id));
    return principal?.id === id ? principal : null;
  }

  private expired(principal: Principal): boolean {
    return principal.expiresAt !== null && principal.expiresAt <= this.clock.now();
  }
}

/** Bound to virtgate:platform:admin by deploy/rbac/own-roles.yaml. */
const PLATFORM_GROUP = 'virtgate:platform:admin';

const keyOf = (hash: Buffer): string => `hash/${hash.toString('base64')}`;

function lacking(permission: Permission, where: string) {
  return forbidden(`The permission "${permission}" is missing on ${where}.`, { details: { permission } });
}
