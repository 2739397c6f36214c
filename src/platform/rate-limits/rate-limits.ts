import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { defineFailure } from '../../kernel/failure.js';
import type { Principal } from '../../kernel/principal.js';
import { RateLimitOptions } from './rate-limit-options.js';
import { RequestCounts, WINDOW_SECONDS } from './request-counts.js';

export const rateLimited = defineFailure(
  'request.rate_limited',
  'rate_limited',
  'Too many requests',
  'Wait as long as Retry-After says; RateLimit tells how much is left.',
);

interface Limit {
  name: string;
  quota: number;
  key: string;
}

/** A document may cost this much and count as one request. */
const COST_OF_A_REQUEST = 500;
const MOST_BLOCKED = 10_000;

/** What a GraphQL document counts as, by its cost (see graphql/cost.ts). */
export const pointsOf = (cost: number): number => Math.max(1, Math.ceil(cost / COST_OF_A_REQUEST));

/**
 * How much anybody may ask, one count for REST and GraphQL alike. Answers say how much is left
 * (draft-ietf-httpapi-ratelimit-headers-10).
 */
@Injectable()
export class RateLimits implements OnModuleDestroy {
  readonly #counts: RequestCounts;
  readonly #known = new WeakMap<Principal, Limit[]>();
  readonly #blocked = new LRUCache<string, number>({ max: MOST_BLOCKED });

  constructor(private readonly options: RateLimitOptions) {
    this.#counts = new RequestCounts(options.redisUrl);
  }

  onModuleDestroy(): void {
    this.#counts.close();
  }

  /** Throws request.rate_limited. `reply`: where the headers go; null on a connection of many operations. */
  async charge(principal: Principal, points: number, reply: FastifyReply | null): Promise<void> {
    for (const limit of this.#limitsOf(principal)) await this.#take(limit, points, reply);
  }

  /** Of what belongs to a tenant, which those who look after the platform do not use up. */
  async chargeTenant(
    principal: Principal,
    tenantId: string,
    points: number,
    reply: FastifyReply | null,
  ): Promise<void> {
    const { tenant: quota } = this.options;
    if (quota > 0 && !isOfPlatform(principal))
      await this.#take({ name: 'tenant', quota, key: `tenant/${tenantId}` }, points, reply);
  }

  /** Throws request.rate_limited while an address is known for credentials that are good for nothing. */
  checkAddress(address: string): void {
    const until = this.#blocked.get(networkOf(address));
    const left = until === undefined ? 0 : until - performance.now();
    if (left > 0) throw tooManyFailures(left);
  }

  /** Throws request.rate_limited where this one is too much. */
  async failedSignIn(address: string): Promise<void> {
    const { failedSignIns: quota } = this.options;
    if (quota === 0) return;
    const network = networkOf(address);
    const { used, resetMs } = await this.#counts.add(`failed/${network}`, 1);
    if (used <= quota) return;
    this.#blocked.set(network, performance.now() + resetMs);
    throw tooManyFailures(resetMs);
  }

  #limitsOf(principal: Principal): Limit[] {
    const known = this.#known.get(principal);
    if (known) return known;
    const { id, tokenId, requestsPerMinute } = principal;
    const limits = [
      isOfPlatform(principal)
        ? { name: 'platform', quota: this.options.platformPrincipal, key: `principal/${id}` }
        : { name: 'principal', quota: this.options.principal, key: `principal/${id}` },
      { name: 'token', quota: requestsPerMinute ?? 0, key: `token/${tokenId}` },
    ].filter(({ quota }) => quota > 0);
    this.#known.set(principal, limits);
    return limits;
  }

  async #take({ name, quota, key }: Limit, points: number, reply: FastifyReply | null): Promise<void> {
    const { used, resetMs } = await this.#counts.add(key, points);
    const seconds = Math.max(1, Math.ceil(resetMs / 1000));
    if (reply) tell(reply, name, quota, Math.max(0, quota - used), seconds);
    if (used <= quota) return;
    throw rateLimited(`The limit of ${quota} requests in ${WINDOW_SECONDS} s (${name}) is reached.`, {
      details: { limit: name, quota, windowSeconds: WINDOW_SECONDS },
      retryAfter: seconds,
    });
  }
}

const isOfPlatform = ({ bindings }: Principal): boolean =>
  bindings.some(({ scope }) => scope.level === 'platform');

function tell(reply: FastifyReply, name: string, quota: number, left: number, seconds: number): void {
  add(reply, 'ratelimit-policy', `"${name}";q=${quota};w=${WINDOW_SECONDS}`);
  add(reply, 'ratelimit', `"${name}";r=${left};t=${seconds}`);
}

/** A limit that is told again, for the rest of a document, stands once. */
function add(reply: FastifyReply, header: string, item: string): void {
  const present = reply.getHeader(header);
  if (present === undefined) {
    reply.header(header, item);
    return;
  }
  const name = item.slice(0, item.indexOf(';') + 1);
  const others = String(present)
    .split(', ')
    .filter((other) => !other.startsWith(name));
  reply.header(header, [...others, item].join(', '));
}

const tooManyFailures = (ms: number) =>
  rateLimited('Too many credentials from this address were good for nothing.', {
    retryAfter: Math.max(1, Math.ceil(ms / 1000)),
  });

/** Whoever has one IPv6 address has 2^64 of them. */
function networkOf(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.parse(address);
  if (!(parsed instanceof ipaddr.IPv6)) return address;
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
