import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDiskImages } from './create-disk-images.js';

describe('addresses that images may come from', () => {
  let server: Server;
  let port: number;
  let directory: string;
  let hits = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-addresses-'));
    server = createServer((_request, response) => {
      hits += 1;
      response.end(Buffer.alloc(4096));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true, force: true });
  });

  function importFrom(url: string, allowedHosts: string[] = [], lookup?: LookupFunction): Promise<void> {
    return createDiskImages({ directory, allowedHosts, lookup, limits: { firstByteMs: 2_000 } }).importFrom({
      url,
      destination: join(directory, 'disk.img'),
      sizeBytes: 8192n,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
  }

  it.each([
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://2130706433:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://0x7f000001:PORT/',
    'http://127.0.0.1.:PORT/',
    'http://127。0。0。1:PORT/',
    'http://①②⑦.⓪.⓪.①:PORT/',
    'http:\\\\127.0.0.1:PORT\\',
    'http://localhost:PORT/',
    'http://localhost.:PORT/',
    'http://LOCALHOST%2e:PORT/',
    'http://0.0.0.0:PORT/',
    'http://0:PORT/',
    'http://[::]:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[::127.0.0.1]:PORT/',
    'http://[64:ff9b::7f00:1]:PORT/',
    'http://[64:ff9b:1::7f00:1]:PORT/',
    'http://[2002:7f00:1::]:PORT/',
    'http://[2001:0:7f00:1::]:PORT/',
    'http://[fe80::1]:PORT/',
    'http://[fec0::1]:PORT/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://169.254.169.254/latest/meta-data/',
    'http://168.63.129.16/machine/',
    'http://100.100.100.200/latest/meta-data/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.0.1/',
    'http://100.64.0.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'https://127.0.0.1:PORT/',
    'http://user@127.0.0.1:PORT/',
    'http://user:secret@example.com/',
    'http://example.com@127.0.0.1:PORT/',
    'ftp://127.0.0.1/disk.img',
    'file:///etc/passwd',
    'data:application/octet-stream;base64,AAAA',
    'javascript:1',
    '//127.0.0.1/disk.img',
    'disk.img',
    '',
    'http://',
    'http://[::1',
    'http://256.256.256.256/',
  ])('refuses %s', async (url) => {
    const refused = importFrom(url.replace('PORT', String(port)));
    await expect(refused).rejects.toMatchObject({ refusal: 'forbidden-address', retryable: false });
    expect(hits).toBe(0);
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '168.63.129.16',
    '::1',
    '::7f00:1',
    'fd00::1',
    '::ffff:10.0.0.1',
  ])('refuses a name that resolves to %s, even beside a public address', async (address) => {
    const family = address.includes(':') ? 6 : 4;
    const lookup: LookupFunction = (_hostname, options, done) => {
      if (options.all) {
        done(null, [
          { address: '93.184.216.34', family: 4 },
          { address, family },
        ]);
      } else {
        done(null, address, family);
      }
    };
    const refused = importFrom(`http://images.example.com:${port}/`, [], lookup);
    await expect(refused).rejects.toMatchObject({ refusal: 'forbidden-address', retryable: false });
    expect(hits).toBe(0);
  });

  it('judges each resolution, so that a second answer does not get through', async () => {
    let answers = 0;
    const lookup: LookupFunction = (_hostname, options, done) => {
      answers += 1;
      done(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
    };
    await expect(importFrom(`http://rebinding.example.com:${port}/`, [], lookup)).rejects.toMatchObject({
      refusal: 'forbidden-address',
    });
    expect(answers).toBe(1);
  });

  it('goes where the administrator allows it, and only there', async () => {
    const resolver: LookupFunction = (_hostname, options, done) =>
      done(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
    await importFrom(`http://127.0.0.1:${port}/`, ['127.0.0.1']);
    await importFrom(`http://2130706433:${port}/`, [`127.0.0.1:${port}`]);
    await importFrom(`http://Images.Internal:${port}/`, ['images.internal'], resolver);
    expect(hits).toBe(3);
    for (const [url, allowed] of [
      [`http://127.0.0.1:${port}/`, '127.0.0.1:1'],
      [`http://other.internal:${port}/`, 'images.internal'],
      [`http://images.internal.evil.com:${port}/`, 'images.internal'],
    ] as const) {
      await expect(importFrom(url, [allowed], resolver)).rejects.toMatchObject({
        refusal: 'forbidden-address',
      });
    }
    expect(hits).toBe(3);
  });
});
