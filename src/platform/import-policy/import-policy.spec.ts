import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CheckedImportPolicy } from './checked-import-policy.js';
import { isPublicAddress } from './public-address.js';

const PUBLIC = '93.184.216.34';
/** A world of names; no test of this file asks a real name server. */
const NAMES: Record<string, string[]> = {
  'images.example.com': [PUBLIC, '2606:2800:220:1:248:1893:25c8:1946'],
  'rebind.example.com': ['127.0.0.1'],
  'half.example.com': [PUBLIC, '10.0.0.7'],
  'six.example.com': ['fd00::1'],
  'mapped.example.com': ['::ffff:169.254.169.254'],
  'nat64.example.com': ['64:ff9b::a00:1'],
  'metadata.example.com': ['169.254.169.254'],
  '127.0.0.1.nip.io': ['127.0.0.1'],
  'lan.example.com': ['10.0.0.5'],
  'strange.example.com': ['not-an-address'],
};
const resolve = async (host: string) => {
  const found = NAMES[host];
  if (!found) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
  return found;
};
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'allowed',
    (error) => error.code ?? error,
  );

const FORBIDDEN = 'import.url_forbidden';
const INVALID = 'import.url_invalid';

/** [address, what it must be refused as] */
const HOSTILE: [string, string][] = [
  // plain private addresses
  ['http://127.0.0.1/x', FORBIDDEN],
  ['http://127.8.9.1/x', FORBIDDEN],
  ['http://0.0.0.0/x', FORBIDDEN],
  ['http://10.1.2.3/x', FORBIDDEN],
  ['http://172.16.0.1/x', FORBIDDEN],
  ['http://172.31.255.255/x', FORBIDDEN],
  ['http://192.168.1.1/x', FORBIDDEN],
  ['http://169.254.169.254/latest/meta-data/', FORBIDDEN],
  ['http://169.254.170.2/v2/credentials', FORBIDDEN],
  ['http://100.64.0.1/x', FORBIDDEN],
  ['http://100.100.100.200/latest/meta-data/', FORBIDDEN],
  ['http://192.0.0.192/opc/v1/', FORBIDDEN],
  ['http://192.0.2.1/x', FORBIDDEN],
  ['http://198.18.0.1/x', FORBIDDEN],
  ['http://224.0.0.1/x', FORBIDDEN],
  ['http://240.0.0.1/x', FORBIDDEN],
  ['http://255.255.255.255/x', FORBIDDEN],
  // other spellings of addresses
  ['http://2130706433/x', INVALID],
  ['http://017700000001/x', INVALID],
  ['http://0x7f000001/x', INVALID],
  ['http://0177.0.0.1/x', INVALID],
  ['http://0x7f.0.0.1/x', INVALID],
  ['http://127.1/x', INVALID],
  ['http://10.1/x', INVALID],
  ['http://0/x', INVALID],
  ['http://134744072/x', INVALID],
  ['http://127.0.0.1./x', INVALID],
  ['http://１２７.0.0.1/x', INVALID],
  ['http://127。0。0。1/x', INVALID],
  ['http://%31%32%37.0.0.1/x', INVALID],
  ['http://①②⑦.0.0.1/x', INVALID],
  ['http://256.1.1.1/x', INVALID],
  ['http://1.1.1.1.1/x', INVALID],
  // IPv6
  ['http://[::1]/x', FORBIDDEN],
  ['http://[::]/x', FORBIDDEN],
  ['http://[::ffff:127.0.0.1]/x', FORBIDDEN],
  ['http://[::ffff:7f00:1]/x', FORBIDDEN],
  ['http://[0:0:0:0:0:FFFF:169.254.169.254]/x', FORBIDDEN],
  ['http://[::127.0.0.1]/x', FORBIDDEN],
  ['http://[::ffff:8.8.8.8]/x', FORBIDDEN],
  ['http://[64:ff9b::7f00:1]/x', FORBIDDEN],
  ['http://[64:ff9b:1::a00:1]/x', FORBIDDEN],
  ['http://[2002:7f00:1::]/x', FORBIDDEN],
  ['http://[2001:0:1::1]/x', FORBIDDEN],
  ['http://[fe80::1]/x', FORBIDDEN],
  ['http://[fe80::1%25eth0]/x', INVALID],
  ['http://[fc00::1]/x', FORBIDDEN],
  ['http://[fd00:ec2::254]/x', FORBIDDEN],
  ['http://[fec0::1]/x', FORBIDDEN],
  ['http://[ff02::1]/x', FORBIDDEN],
  ['http://[2001:db8::1]/x', FORBIDDEN],
  ['http://[4000::1]/x', FORBIDDEN],
  // names
  ['http://localhost/x', FORBIDDEN],
  ['http://LOCALHOST/x', FORBIDDEN],
  ['http://localhost./x', INVALID],
  ['http://a.localhost/x', FORBIDDEN],
  ['http://ⓛocalhost/x', INVALID],
  ['http://kubernetes/x', FORBIDDEN],
  ['http://kubernetes.default.svc/x', FORBIDDEN],
  ['http://kubernetes.default.svc.cluster.local/x', FORBIDDEN],
  ['http://printer.local/x', FORBIDDEN],
  ['http://metadata.google.internal/computeMetadata/v1/', FORBIDDEN],
  ['http://images.example.com./x', INVALID],
  ['http://images。example。com/x', INVALID],
  ['http://a..b.example.com/x', INVALID],
  ['http://.example.com/x', INVALID],
  // names that lead inside
  ['http://rebind.example.com/x', FORBIDDEN],
  ['http://half.example.com/x', FORBIDDEN],
  ['http://six.example.com/x', FORBIDDEN],
  ['http://mapped.example.com/x', FORBIDDEN],
  ['http://nat64.example.com/x', FORBIDDEN],
  ['http://metadata.example.com/x', FORBIDDEN],
  ['http://127.0.0.1.nip.io/x', FORBIDDEN],
  ['http://strange.example.com/x', FORBIDDEN],
  // the rest of the address
  ['http://user@images.example.com/x', INVALID],
  ['http://user:secret@images.example.com/x', INVALID],
  ['http://images.example.com@127.0.0.1/x', INVALID],
  ['http://images.example.com\\@127.0.0.1/x', INVALID],
  ['http:\\\\127.0.0.1\\x', INVALID],
  ['http:127.0.0.1/x', INVALID],
  ['http:/127.0.0.1/x', INVALID],
  ['http:///127.0.0.1/x', INVALID],
  ['http://images.example.com:0/x', INVALID],
  ['http://images.example.com:99999/x', INVALID],
  ['http://images.example.com:8 0/x', INVALID],
  ['http://images.example.com\t/x', INVALID],
  ['http://images.example.com/\r\nHost: x', INVALID],
  [' http://images.example.com/x', INVALID],
  ['ftp://images.example.com/x', INVALID],
  ['file:///etc/passwd', INVALID],
  ['gopher://127.0.0.1:6379/_x', INVALID],
  ['data:text/plain,x', INVALID],
  ['//images.example.com/x', INVALID],
  ['images.example.com/x', INVALID],
  ['', INVALID],
  [`http://images.example.com/${'x'.repeat(2048)}`, INVALID],
];

describe('ImportPolicy.check', () => {
  const policy = new CheckedImportPolicy({ allowedHosts: [], resolve });

  it.each(HOSTILE)('%s is %s', async (url, code) => {
    expect(await codeOf(policy.check(url))).toBe(code);
    expect(await codeOf(policy.probe(url))).toBe(code);
  });

  it.each([
    'http://images.example.com/disk.qcow2',
    'https://IMAGES.example.com:8443/a%20b?token=x#y',
    `http://${PUBLIC}/disk.img`,
    'https://[2606:2800:220:1:248:1893:25c8:1946]/disk.img',
  ])('%s is allowed', async (url) => {
    expect(await codeOf(policy.check(url))).toBe('allowed');
  });

  it('says that a name does not resolve', async () => {
    expect(await codeOf(policy.check('http://gone.example.com/x'))).toBe('import.source_unavailable');
  });

  it('names the setting to the operator, and never an address that a name leads to', async () => {
    const failure = await policy.check('http://lan.example.com/x').catch((error) => error);
    expect(failure.hint).toContain('IMPORT_ALLOWED_HOSTS');
    expect(JSON.stringify([failure.message, failure.hint, failure.details])).not.toContain('10.0.0.5');
  });

  it.each<[string[], string, string]>([
    [['10.0.0.5'], 'http://10.0.0.5/x', 'allowed'],
    [['10.0.0.5'], 'http://10.0.0.5:8080/x', 'allowed'],
    [['10.0.0.5:8080'], 'http://10.0.0.5:8080/x', 'allowed'],
    [['10.0.0.5:8080'], 'http://10.0.0.5/x', FORBIDDEN],
    [['10.0.0.5:8080'], 'http://10.0.0.6:8080/x', FORBIDDEN],
    [['10.0.0.5:80'], 'http://10.0.0.5/x', 'allowed'],
    [['10.0.0.5:443'], 'https://10.0.0.5/x', 'allowed'],
    // The address is allowed, whatever name leads to it; the name is allowed, wherever it leads.
    [['10.0.0.5'], 'http://lan.example.com/x', 'allowed'],
    [['LAN.example.com'], 'http://lan.example.com/x', 'allowed'],
    [['lan.example.com:81'], 'http://lan.example.com:82/x', FORBIDDEN],
    [['[FD00::1]:8080'], 'http://[fd00:0::1]:8080/x', 'allowed'],
    [['images.lan'], 'http://images.lan/x', 'allowed'],
    [['images.lan'], 'http://evil.images.lan/x', FORBIDDEN],
    [['10.0.0.5'], 'http://user@10.0.0.5/x', INVALID],
    [['127.0.0.1'], 'http://2130706433/x', INVALID],
  ])('with %j, %s is %s', async (allowedHosts, url, expected) => {
    expect(await codeOf(new CheckedImportPolicy({ allowedHosts, resolve }).check(url))).toBe(expected);
  });
});

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '2606:4700:4700::1111', '1.1.1.1'])('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
  it.each(['', 'x', '1.1.1', 'fe80::1%eth0', '2606:4700::1%1', '192.88.99.1'])('%j is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('ImportPolicy.probe', () => {
  const servers: Server[] = [];
  const serve = async (handler: (request: IncomingMessage, response: ServerResponse) => void) => {
    const server = createServer(handler);
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  };

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });

  it('tells size, type and final address after redirects', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/latest') return void response.writeHead(302, { location: '/disk.img?v=2' }).end();
      response.writeHead(200, { 'content-length': 4096, 'content-type': 'application/octet-stream' }).end();
    });
    const policy = new CheckedImportPolicy({ allowedHosts: [`127.0.0.1:${port}`] });
    expect(await policy.probe(`http://127.0.0.1:${port}/latest`)).toEqual({
      finalUrl: `http://127.0.0.1:${port}/disk.img?v=2`,
      status: 200,
      contentLength: 4096,
      contentType: 'application/octet-stream',
    });
  });

  it('asks for one byte where HEAD is refused, and reads the whole size', async () => {
    const ranges: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(403).end();
      ranges.push(request.headers.range);
      response.writeHead(206, { 'content-range': 'bytes 0-0/123456', 'content-length': 1 }).end('x');
    });
    const policy = new CheckedImportPolicy({ allowedHosts: ['127.0.0.1'] });
    expect(await policy.probe(`http://127.0.0.1:${port}/`)).toMatchObject({
      status: 200,
      contentLength: 123456,
    });
    expect(ranges).toEqual(['bytes=0-0']);
  });

  it('does not read an image that ignores the range', async () => {
    const port = await serve((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(405).end();
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      const more = () => {
        while (response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const policy = new CheckedImportPolicy({ allowedHosts: ['127.0.0.1'] });
    expect(await policy.probe(`http://127.0.0.1:${port}/`)).toMatchObject({
      status: 200,
      contentLength: null,
    });
  });

  it.each([404, 403, 500])('says that the source answers %d', async (status) => {
    const port = await serve((_request, response) => void response.writeHead(status).end());
    const policy = new CheckedImportPolicy({ allowedHosts: ['127.0.0.1'] });
    await expect(policy.probe(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'import.source_unavailable',
      message: `The source answers ${status}.`,
    });
  });

  it.each(['text/html; charset=utf-8', 'application/json', 'TEXT/HTML'])(
    'takes %s for no image',
    async (type) => {
      const port = await serve(
        (_request, response) => void response.writeHead(200, { 'content-type': type }).end(),
      );
      const policy = new CheckedImportPolicy({ allowedHosts: ['127.0.0.1'] });
      expect(await codeOf(policy.probe(`http://127.0.0.1:${port}/`))).toBe('import.not_an_image');
    },
  );

  it.each([
    ['http://127.0.0.2:1/', FORBIDDEN],
    ['http://169.254.169.254/latest/', FORBIDDEN],
    ['http://user:pass@127.0.0.1/', INVALID],
    ['file:///etc/passwd', INVALID],
    ['//2130706434/', FORBIDDEN],
  ])('checks a redirect to %s', async (location, code) => {
    const port = await serve((_request, response) => void response.writeHead(302, { location }).end());
    const policy = new CheckedImportPolicy({ allowedHosts: ['127.0.0.1'] });
    expect(await codeOf(policy.probe(`http://127.0.0.1:${port}/`))).toBe(code);
  });

  it('shows credentials to the host that was named, and to no other', async () => {
    const credentials = { username: 'reader', password: 'canary' };
    const expected = `Basic ${Buffer.from('reader:canary').toString('base64')}`;
    const seen: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200, { 'content-length': 1 }).end();
    });
    const port = await serve((request, response) => {
      if (request.headers.authorization !== expected) return void response.writeHead(401).end();
      const location = request.url === '/away' ? `http://127.0.0.1:${other}/x` : undefined;
      if (location) response.writeHead(302, { location }).end();
      else response.writeHead(200, { 'content-length': 1 }).end();
    });
    const policy = new CheckedImportPolicy({ allowedHosts: ['127.0.0.1'] });
    const home = `http://127.0.0.1:${port}/`;
    expect(await codeOf(policy.probe(home))).toBe('import.source_unavailable');
    expect(await codeOf(policy.probe(home, { credentials }))).not.toBe('import.source_unavailable');
    expect(await policy.probe(`${home}away`, { credentials })).toMatchObject({ status: 200 });
    expect(seen).toEqual([undefined]);
    // Whatever it says, it answers.
    expect(await codeOf(policy.reach(home))).toBe('allowed');
    expect(await codeOf(policy.reach('http://169.254.169.254/'))).toBe(FORBIDDEN);
  });

  it('gives up a source that redirects for ever, one that hangs, and one that is not there', async () => {
    const loops = await serve(
      (_request, response) => void response.writeHead(302, { location: '/again' }).end(),
    );
    const hangs = await serve(() => {});
    const policy = new CheckedImportPolicy({ allowedHosts: ['127.0.0.1'], timeout: 300 });
    expect(await codeOf(policy.probe(`http://127.0.0.1:${loops}/`))).toBe('import.source_unavailable');
    expect(await codeOf(policy.probe(`http://127.0.0.1:${hangs}/`))).toBe('import.source_timeout');
    const gone = await serve(() => {});
    const server = servers.pop() as Server;
    await new Promise((done) => server.close(done));
    expect(await codeOf(policy.probe(`http://127.0.0.1:${gone}/`))).toBe('import.source_unavailable');
  });

  it('connects to the address that was checked, whatever the name says a moment later', async () => {
    const reached: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      reached.push(request.headers.host);
      response.writeHead(200, { 'content-length': 1 }).end();
    });
    let asked = 0;
    const rebinding = async () => {
      asked += 1;
      return asked === 1 ? ['127.0.0.1'] : ['127.0.0.99'];
    };
    // 127.0.0.1 stands for the harmless address here; were the name asked again, .99 would be connected.
    const policy = new CheckedImportPolicy({ allowedHosts: [`127.0.0.1:${port}`], resolve: rebinding });
    expect(await policy.probe(`http://pinned.example.com:${port}/`)).toMatchObject({ status: 200 });
    expect(reached).toEqual([`pinned.example.com:${port}`]);
    expect(asked).toBe(1);
    // The next probe asks anew, and meets the address that is not allowed.
    expect(await codeOf(policy.probe(`http://pinned.example.com:${port}/`))).toBe(FORBIDDEN);
    expect(reached).toHaveLength(1);
  });
});
