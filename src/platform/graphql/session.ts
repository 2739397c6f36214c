import { unauthenticated } from '../../kernel/failures.js';
import type { Principal } from '../../kernel/principal.js';
import type { AccessPort } from '../access/access-port.js';

/** How often a long connection asks whether its credential still stands. */
const RECHECK_MS = 10_000;
/** setTimeout's range. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What ends a connection: its credential, or a right that was there when it began. */
export type Ending = 'credential' | 'rights';

/**
 * The right to a connection that outlives a request: ends with the token, by its expiry or by its revocation; and when a
 * right is lost that was there at the beginning, for a stream on which nothing happens asks for none. Who comes again
 * gets what it still may.
 */
export class Session {
  #expiry: NodeJS.Timeout | undefined;
  #recheck: NodeJS.Timeout | undefined;
  readonly #rights: ReadonlySet<string>;

  constructor(
    private principal: Principal,
    private readonly access: AccessPort,
    private readonly onEnd: (why: string, what: Ending) => void,
  ) {
    this.#rights = rightsOf(principal);
    this.#watchExpiry();
    this.#recheck = setInterval(() => void this.#check(), RECHECK_MS);
    this.#recheck.unref();
  }

  /** The principal with its present rights; throws auth.unauthenticated when it is gone. */
  async current(): Promise<Principal> {
    const { id, tokenId } = this.principal;
    const principal = await this.access.refresh({ id, tokenId });
    if (!principal) throw unauthenticated('The credential of this connection has been revoked.');
    this.principal = principal;
    return principal;
  }

  close(): void {
    clearTimeout(this.#expiry);
    clearInterval(this.#recheck);
  }

  #watchExpiry(): void {
    const { expiresAt } = this.principal;
    if (expiresAt === null) return;
    const left = expiresAt.getTime() - Date.now();
    this.#expiry = setTimeout(
      () => (left > LONGEST_TIMER_MS ? this.#watchExpiry() : this.#end('The credential has expired.')),
      Math.min(Math.max(left, 0), LONGEST_TIMER_MS),
    );
    this.#expiry.unref();
  }

  async #check(): Promise<void> {
    try {
      const left = rightsOf(await this.current());
      for (const right of this.#rights) {
        if (!left.has(right))
          return this.#end('Rights of this connection are gone; connect again.', 'rights');
      }
    } catch (error) {
      // A directory that does not answer is no reason to end what was allowed; a revoked token is.
      if (unauthenticated.definition === (error as { definition?: unknown }).definition) {
        this.#end('The credential has been revoked.');
      }
    }
  }

  #end(why: string, what: Ending = 'credential'): void {
    this.close();
    this.onEnd(why, what);
  }
}

/** Each permission with its place. */
function rightsOf({ bindings, scopes }: Principal): ReadonlySet<string> {
  const now = new Date();
  const rights = new Set<string>();
  for (const { scope, permissions, expiresAt } of bindings) {
    if (expiresAt !== null && expiresAt <= now) continue;
    const place =
      scope.level === 'platform' ? '' : scope.level === 'tenant' ? scope.tenantId : scope.projectId;
    for (const permission of permissions) {
      if (!scopes || scopes.has(permission)) rights.add(`${scope.level}/${place}/${permission}`);
    }
  }
  return rights;
}
