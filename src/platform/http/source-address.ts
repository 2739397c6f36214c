import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

/** Whether an address is one of our own proxies, whose word about the address before it is taken. */
export type Trusts = (address: string) => boolean;

/** `proxies`: addresses, or networks such as `10.0.0.0/8`. */
export function trustsOf(proxies: readonly string[]): Trusts {
  const ranges = proxies.map((proxy) =>
    proxy.includes('/')
      ? ipaddr.parseCIDR(proxy)
      : ([ipaddr.process(proxy), ipaddr.process(proxy).kind() === 'ipv4' ? 32 : 128] as const),
  );
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const known = ipaddr.process(address);
    return ranges.some(([network, bits]) => network.kind() === known.kind() && known.match(network, bits));
  };
}

/**
 * Where a request comes from: the last address in the row of proxies that is none of ours, for whatever stands before
 * it was written by that one. Null where the connection is gone already.
 */
export function sourceAddress(request: IncomingMessage, trusts: Trusts): string | null {
  let address = request.socket.remoteAddress ?? null;
  const header = request.headers['x-forwarded-for'];
  const forwarded = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').reverse();
  for (const hop of forwarded) {
    const before = hop.trim();
    if (address === null || !trusts(address) || !ipaddr.isValid(before)) break;
    address = before;
  }
  return address;
}
