import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterCredentials } from './cluster-credentials.js';

describe('ClusterCredentials', () => {
  let directory: string;
  let path: string;
  let version = 0;

  const write = async (user: object, cluster: object = {}) => {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://cluster.example.com:6443/prefix/', ...cluster } }],
      users: [{ name: 'u', user }],
    };
    version += 1;
    // Another size each time, so that no clock is needed to see the change.
    await writeFile(path, JSON.stringify(config) + ' '.repeat(version));
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'credentials-'));
    path = join(directory, 'kubeconfig');
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('reads server, token and certificates', async () => {
    const pem = (text: string) => Buffer.from(text).toString('base64');
    await write(
      { token: 't', 'client-certificate-data': pem('CERT'), 'client-key-data': pem('KEY') },
      { 'certificate-authority-data': pem('CA'), 'tls-server-name': 'inner' },
    );
    const access = await new ClusterCredentials({ kubeconfig: path }).current();
    expect(access).toMatchObject({
      server: 'https://cluster.example.com:6443/prefix',
      authorization: 'Bearer t',
      tls: { servername: 'inner', rejectUnauthorized: true },
    });
    expect([access.tls.ca, access.tls.cert, access.tls.key].map(String)).toEqual(['CA', 'CERT', 'KEY']);
  });

  it('runs an exec plug-in, and runs it again after the credential was refused', async () => {
    const counter = join(directory, 'runs');
    const script = `
      const fs = require('node:fs');
      const runs = (fs.existsSync(process.env.COUNTER) ? Number(fs.readFileSync(process.env.COUNTER)) : 0) + 1;
      fs.writeFileSync(process.env.COUNTER, String(runs));
      console.log(JSON.stringify({ kind: 'ExecCredential', status: { token: 'exec-' + runs } }));`;
    await write({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: process.execPath,
        args: ['-e', script],
        env: [{ name: 'COUNTER', value: counter }],
      },
    });
    const credentials = new ClusterCredentials({ kubeconfig: path });
    expect((await credentials.current()).authorization).toBe('Bearer exec-1');
    expect((await credentials.current()).authorization).toBe('Bearer exec-1');
    credentials.forget();
    expect((await credentials.current()).authorization).toBe('Bearer exec-2');
  });

  it('gives a new fingerprint when connections must not be kept, and only then', async () => {
    const credentials = new ClusterCredentials({ kubeconfig: path });
    const fingerprint = async (user: object, cluster: object = {}) => {
      await write(user, cluster);
      credentials.forget();
      return (await credentials.current()).fingerprint;
    };
    const first = await fingerprint({ token: 'a' });
    expect(await fingerprint({ token: 'b' })).toBe(first);
    const ca = { 'certificate-authority-data': Buffer.from('CA').toString('base64') };
    expect(await fingerprint({ token: 'b' }, ca)).not.toBe(first);
    expect(await fingerprint({ token: 'b' }, { server: 'https://other.example.com' })).not.toBe(first);
  });

  it('refuses what would weaken it, with a reason for the operator', async () => {
    const reason = async (user: object, cluster: object = {}) => {
      await write(user, cluster);
      return new ClusterCredentials({ kubeconfig: path }).current().catch((error: Error) => error.message);
    };
    expect(await reason({}, { server: 'http://cluster.example.com' })).toContain('https');
    expect(await reason({}, { 'insecure-skip-tls-verify': true })).toContain('insecure-skip-tls-verify');
    expect(await reason({}, { 'proxy-url': 'http://proxy.example.com' })).toContain('proxy-url');
    expect(await reason({ as: 'admin' })).toContain('Impersonation');
    await write({ token: 't' }, { 'insecure-skip-tls-verify': true });
    const access = await new ClusterCredentials({ kubeconfig: path, allowInsecureTls: true }).current();
    expect(access.tls.rejectUnauthorized).toBe(false);
  });
});
