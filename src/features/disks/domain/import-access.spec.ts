import { rootCertificates } from 'node:tls';
import type { FieldError } from '../../../kernel/failure.js';
import type { DiskSourceBody, ResolvedDisk } from './disk-body.js';
import { diskManifest } from './disk-manifest.js';
import { accessObjects, accessOf } from './import-access.js';
import { specifyDisk } from './specify-disk.js';

const [authority = ''] = rootCertificates;
const sha256 = `sha256:${'0'.repeat(64)}`;
const credentials = { username: 'reader', password: 'canary-4711' };
const url = 'https://example.org/disk.img';
const from = {
  namespace: 'vg-demo',
  operationId: 'op-1',
  requestId: 'r-1',
  requestedBy: { type: 'user', id: 'u', name: 'U' },
};

const problems = (source: DiskSourceBody): FieldError[] => {
  try {
    specifyDisk({ name: 'd1', size: '1Gi', source });
    return [];
  } catch (error) {
    return (error as { errors: FieldError[] }).errors;
  }
};

describe('the access of an import', () => {
  it.each<[string, DiskSourceBody]>([
    ['a checksum', { url, checksum: sha256.toUpperCase().replace('SHA256', 'sha256') }],
    ['credentials', { registry: 'docker://host/a:1', credentials }],
    ['certificates', { url, certificates: `${authority}\n${rootCertificates[1]}\n` }],
  ])('takes %s', (_what, source) => {
    expect(problems(source)).toEqual([]);
  });

  it.each<[string, DiskSourceBody]>([
    ['checksum', { url, checksum: 'sha256:00' }],
    ['checksum', { url, checksum: `crc32:${'0'.repeat(8)}` }],
    ['checksum', { url, checksum: `${sha256}:1` }],
    ['checksum', { registry: 'docker://host/a:1', checksum: sha256 }],
    ['checksum', { blank: true, checksum: sha256 }],
    ['credentials', { disk: 'd0', credentials }],
    ['credentials', { url, credentials: { username: 'a:b', password: 'x' } }],
    ['credentials', { url, credentials: { username: 'a', password: 'x\r\nHost: y' } }],
    ['credentials', { url, credentials: { username: '', password: '' } }],
    ['certificates', { url: 'http://example.org/x', certificates: authority }],
    ['certificates', { url, certificates: 'none' }],
    ['certificates', { url, certificates: `${authority}\nmore` }],
    ['certificates', { url, certificates: authority.replace(/[A-Za-z0-9+/]{40}/, '') }],
  ])('refuses a wrong %s: %j', (field, source) => {
    expect(problems(source).map(({ pointer }) => pointer)).toContain(`/source/${field}`);
  });

  it('is null where nothing of it was said', () => {
    expect(accessOf({ url, checksum: null }, { url }, [])).toBeNull();
  });

  it('stands beside the DataVolume, which only names it', () => {
    const spec = specifyDisk({
      name: 'd1',
      size: '1Gi',
      source: { url, checksum: sha256, credentials, certificates: authority },
    });
    const disk = { ...spec, size: '1Gi', from: { source: { http: { url } } } } satisfies ResolvedDisk;
    const manifest = diskManifest(disk, from);
    const { secret, configMap } = accessObjects(disk, from);
    const name = secret?.metadata.name;
    expect(name).toMatch(/^d1-import-[0-9a-f]{8}$/);
    expect(manifest).toMatchObject({
      spec: { source: { http: { url, checksum: sha256, secretRef: name, certConfigMap: name } } },
    });
    expect(JSON.stringify(manifest)).not.toContain(credentials.password);
    expect(Buffer.from(secret?.data.secretKey ?? '', 'base64').toString()).toBe(credentials.password);
    expect(configMap?.data['ca.pem']).toBe(authority);
    const other = accessObjects(disk, { ...from, operationId: 'op-2' });
    expect(other.secret?.metadata.name).not.toBe(name);
  });

  it('makes nothing where there is nothing to keep', () => {
    const spec = specifyDisk({ name: 'd1', size: '1Gi', source: { url, checksum: sha256 } });
    expect(accessObjects(spec, from)).toEqual({ secret: null, configMap: null });
  });
});
