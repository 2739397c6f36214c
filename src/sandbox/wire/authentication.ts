import type { IncomingMessage } from 'node:http';
import { StatusError } from '../store/status-error.js';
import type { User } from './extension.js';
import type { RbacAuthorizer } from './rbac-authorizer.js';
import { type ServiceAccountTokens, serviceAccountGroups } from './service-account-tokens.js';
import type { StaticUsers } from './static-users.js';

export const AUTHENTICATED = 'system:authenticated';
export const UNAUTHENTICATED = 'system:unauthenticated';

const anonymous = (): User => ({ name: 'system:anonymous', groups: [UNAUTHENTICATED] });
const unauthorized = () => new StatusError(401, 'Unauthorized', 'Unauthorized');

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Repeated headers one by one: Node joins them, and a group's name may hold a comma. */
function rawHeaders(raw: IncomingMessage): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < raw.rawHeaders.length; at += 2)
    found.push([(raw.rawHeaders[at] as string).toLowerCase(), raw.rawHeaders[at + 1] as string]);
  return found;
}

const bearerToken = (raw: IncomingMessage): string | undefined => {
  const given = raw.headers.authorization;
  if (given) return /^Bearer\s+(\S+)\s*$/i.exec(given)?.[1] ?? '';
  // Browsers cannot set headers on a websocket: Kubernetes takes the token as a subprotocol.
  const protocols = String(raw.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/);
  const encoded = protocols.find((protocol) => protocol.startsWith('base64url.bearer.authorization.k8s.io.'));
  return encoded && Buffer.from(encoded.slice(encoded.lastIndexOf('.') + 1), 'base64url').toString();
};

/** Who asks: bearer tokens of static users and service accounts, and impersonation on top. */
export class Authentication {
  constructor(
    private readonly users: StaticUsers,
    private readonly accountTokens: ServiceAccountTokens,
    private readonly rbac: RbacAuthorizer,
  ) {}

  /** @throws StatusError 401 for no or a wrong token, 403 for an impersonation that is not allowed. */
  async authenticate(raw: IncomingMessage, allowAnonymous: boolean): Promise<User> {
    const token = bearerToken(raw);
    if (token === undefined) {
      if (allowAnonymous) return anonymous();
      throw unauthorized();
    }
    const user = await this.userOf(token);
    if (!user) throw unauthorized();
    return this.impersonate(raw, user);
  }

  /** The owner of a token, system:authenticated among the groups; undefined for a wrong one. */
  async userOf(token: string, audience?: string): Promise<User | undefined> {
    const user = this.users.find(token) ?? (await this.accountTokens.verify(token, audience));
    return user && { ...user, groups: [...user.groups, AUTHENTICATED] };
  }

  private impersonate(raw: IncomingMessage, user: User): User {
    let name: string | undefined;
    let uid: string | undefined;
    const groups: string[] = [];
    const extra: Record<string, string[]> = {};
    for (const [key, value] of rawHeaders(raw)) {
      if (key === 'impersonate-user') name = value;
      else if (key === 'impersonate-uid') uid = value;
      else if (key === 'impersonate-group') groups.push(value);
      else if (key.startsWith('impersonate-extra-')) {
        const field = decodeURIComponent(key.slice('impersonate-extra-'.length));
        extra[field] = [...(extra[field] ?? []), value];
      }
    }
    const asked = groups.length > 0 || uid !== undefined || Object.keys(extra).length > 0;
    if (!name) {
      if (!asked) return user;
      const message = 'requested impersonation of groups, uid or extra without impersonating a user';
      throw new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, {
        causes: [{ message }],
      });
    }
    const account = SERVICE_ACCOUNT.exec(name);
    if (account) this.mayImpersonate(user, 'serviceaccounts', '', account[2] as string, account[1]);
    else this.mayImpersonate(user, 'users', '', name);
    for (const group of groups) this.mayImpersonate(user, 'groups', '', group);
    if (uid !== undefined) this.mayImpersonate(user, 'uids', 'authentication.k8s.io', uid);
    for (const [field, values] of Object.entries(extra))
      for (const value of values)
        this.mayImpersonate(user, `userextras/${field}`, 'authentication.k8s.io', value);
    const own = groups.length === 0 && account ? serviceAccountGroups(account[1] as string) : groups;
    const last = name === 'system:anonymous' ? UNAUTHENTICATED : AUTHENTICATED;
    return {
      name,
      ...(uid === undefined ? {} : { uid }),
      groups: own.includes(last) ? own : [...own, last],
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    };
  }

  private mayImpersonate(
    user: User,
    resource: string,
    group: string,
    name: string,
    namespace?: string,
  ): void {
    if (this.rbac.allows(user, { verb: 'impersonate', group, resource, name, namespace })) return;
    throw forbiddenTo(user, { verb: 'impersonate', group, resource, name, namespace });
  }
}

/** The 403 of the authorizer, worded as Kubernetes words it. */
export function forbiddenTo(
  user: User,
  asked: {
    verb: string;
    group?: string;
    resource?: string;
    namespace?: string;
    name?: string;
    path?: string;
  },
): StatusError {
  const who = `User ${JSON.stringify(user.name)} cannot ${asked.verb}`;
  if (asked.path !== undefined)
    return new StatusError(403, 'Forbidden', `forbidden: ${who} path ${JSON.stringify(asked.path)}`, {});
  const { group = '', resource = '', namespace, name } = asked;
  const [plural = ''] = resource.split('/');
  const place = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  const what = `resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)}`;
  return new StatusError(
    403,
    'Forbidden',
    `${group ? `${plural}.${group}` : plural}${name ? ` ${JSON.stringify(name)}` : ''} is forbidden: ${who} ${what} ${place}`,
    { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: plural },
  );
}
