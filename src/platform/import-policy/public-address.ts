import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

const GLOBAL_UNICAST_6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * True for an address that belongs to the public internet and stands for itself. Everything that wraps another address
 * (IPv4-mapped, NAT64, 6to4, Teredo) is not: it may lead anywhere. Ranges: IANA special-purpose registries, RFC 6890.
 */
export function isPublicAddress(text: string): boolean {
  // Stricter than ipaddr.js, which reads "1.1.1" as inet_aton does.
  if (isIP(text) === 0 || text.includes('%')) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || (address as ipaddr.IPv6).match(GLOBAL_UNICAST_6);
}

/** Names that never mean a public host, or mean another one inside the cluster (search domains). */
const PRIVATE_SUFFIXES = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'svc',
  'lan',
  'home',
  'corp',
  'intranet',
  'private',
  'home.arpa',
  'onion',
];

export function isPrivateName(host: string): boolean {
  if (!host.includes('.')) return true;
  return PRIVATE_SUFFIXES.some((suffix) => host.endsWith(`.${suffix}`));
}
