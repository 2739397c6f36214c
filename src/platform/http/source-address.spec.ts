import type { IncomingMessage } from 'node:http';
import { sourceAddress, trustsOf } from './source-address.js';

const request = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('where a request comes from', () => {
  const trusts = trustsOf(['10.0.0.0/8', '::1', 'fd00::/8']);

  it.each([
    ['203.0.113.7', undefined, '203.0.113.7'],
    ['203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['10.1.2.3', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['10.1.2.3', '198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['10.1.2.3', 'unknown', '10.1.2.3'],
    ['10.1.2.3', '', '10.1.2.3'],
    ['10.1.2.3', "198.51.100.1, '; DROP", '10.1.2.3'],
    ['::1', '2001:db8::1', '2001:db8::1'],
    ['fd12::1', '2001:db8::1', '2001:db8::1'],
  ])('%s with "%s" before it is %s', (remote, forwarded, expected) => {
    expect(sourceAddress(request(remote, forwarded), trusts)).toBe(expected);
  });

  it('believes nobody where nobody is named', () => {
    expect(sourceAddress(request('127.0.0.1', '198.51.100.1'), trustsOf([]))).toBe('127.0.0.1');
  });
});
