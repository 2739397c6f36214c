import { Failure } from '../../../kernel/failure.js';
import type { FoundBootSource } from './boot-source.js';
import type { CreateBody } from './create-body.js';
import { ANSWERS, ED25519 } from './sample-bodies.spec-support.js';
import { specify } from './specify.js';

const good: CreateBody = {
  name: 'web-1',
  cpus: 2,
  memory: '2048Mi',
  bootDisk: { blank: true, size: '10Gi' },
};
const refused = (body: object): Failure => {
  try {
    specify({ ...good, ...body } as CreateBody);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`was not refused: ${JSON.stringify(body)}`);
};
const pointers = (body: object) => refused(body).errors?.map(({ pointer }) => pointer);

describe('specify', () => {
  it('makes quantities canonical and fills in what is not said', () => {
    expect(specify(good)).toEqual({
      name: 'web-1',
      displayName: null,
      labels: {},
      size: { cpus: 2, memory: '2Gi' },
      preference: null,
      bootDisk: { source: { blank: true }, size: '10Gi', storageClass: null, bootOrder: 1 },
      sysprep: null,
      sshAccess: null,
      userData: null,
      runStrategy: 'Always',
      wantedRunStrategy: null,
      start: true,
      networkData: null,
      interfaces: [{ name: 'default', multusName: null, mac: null, model: null, ports: [], bootOrder: null }],
      features: {},
      firmware: null,
      tpm: null,
      deleteProtection: false,
    });
    const url = 'https://example.org/a.qcow2';
    expect(specify({ ...good, bootDisk: { url } }).bootDisk).toEqual({
      source: { url },
      size: '10Gi',
      storageClass: null,
      bootOrder: 1,
    });
  });

  it.each([
    [{}, 'Always', true],
    [{ start: false }, 'Halted', false],
    [{ runStrategy: 'Halted' }, 'Halted', false],
    [{ runStrategy: 'Always', start: false }, 'Halted', false],
    [{ runStrategy: 'Manual' }, 'Manual', true],
    [{ runStrategy: 'Manual', start: false }, 'Manual', false],
    [{ runStrategy: 'RerunOnFailure' }, 'RerunOnFailure', true],
  ])('%j is %s, started: %s', (body, runStrategy, start) => {
    expect(specify({ ...good, ...body } as CreateBody)).toMatchObject({ runStrategy, start });
  });

  it.each([
    ['a name with capitals', { name: 'Web' }, '/name'],
    ['an empty name', { name: '' }, '/name'],
    ['a name that leaves no room for suffixes', { name: 'n'.repeat(54) }, '/name'],
    ['a name that ends with a dash', { name: 'a-' }, '/name'],
    ['no size', { cpus: null, memory: null }, '/cpus'],
    ['memory alone', { cpus: undefined }, '/cpus'],
    ['a type and cpus', { instanceType: 'u1.small', memory: null }, '/cpus'],
    ['no cpu', { cpus: 0 }, '/cpus'],
    ['half a cpu', { cpus: 0.5 }, '/cpus'],
    ['memory that is no quantity', { memory: 'lots' }, '/memory'],
    ['negative memory', { memory: '-1Gi' }, '/memory'],
    ['a little memory', { memory: '1Mi' }, '/memory'],
    ['a blank disk without a size', { bootDisk: { blank: true } }, '/bootDisk/size'],
    ['a negative disk', { bootDisk: { blank: true, size: '-1Gi' } }, '/bootDisk/size'],
    ['no source', { bootDisk: { size: '1Gi' } }, '/bootDisk'],
    ['two sources', { bootDisk: { url: 'https://x/', blank: true, size: '1Gi' } }, '/bootDisk'],
    ['an empty sysprep', { sysprep: {} }, '/sysprep'],
    ['answers that are no XML', { sysprep: { unattend: 'yes' } }, '/sysprep/unattend'],
    ['other XML', { sysprep: { autounattend: '<html></html>' } }, '/sysprep/autounattend'],
    [
      'too many answers',
      { sysprep: { unattend: `${ANSWERS}<!--${'x'.repeat(65_536)}-->` } },
      '/sysprep/unattend',
    ],
    ['access for no user', { sshAccess: { user: '../root' } }, '/sshAccess/user'],
    ['access by no key', { sshAccess: { user: 'ada', keys: [ED25519, 'x y'] } }, '/sshAccess/keys/1'],
    ['a key that is none', { sshKeys: [ED25519, 'ssh-dss AAAA'] }, '/sshKeys/1'],
    ['user data of 33 KiB', { userData: 'x'.repeat(33 * 1024) }, '/userData'],
    ['a cloud-config that is no YAML', { userData: '#cloud-config\na: [' }, '/userData'],
    ['Halted and started', { runStrategy: 'Halted', start: true }, '/start'],
    ['secure boot without UEFI', { firmware: { secureBoot: true } }, '/firmware/secureBoot'],
    ['an invisible display name', { displayName: 'a\u202eb' }, '/displayName'],
    [
      "the platform's labels",
      { labels: { 'kubevirt.io/vm-delete-protection': 'true' } },
      '/labels/kubevirt.io~1vm-delete-protection',
    ],
  ])('refuses %s', (_what, body, pointer) => {
    expect(pointers(body)).toContain(pointer);
    expect(refused(body).code).toBe('request.invalid');
  });

  it('tells everything at once', () => {
    const body = { name: 'A', cpus: -1, memory: 'x', bootDisk: {}, sshKeys: ['x'], labels: { '-': 'v' } };
    expect(new Set(pointers(body))).toEqual(
      new Set(['/name', '/cpus', '/memory', '/bootDisk', '/sshKeys/0', '/labels/-']),
    );
  });

  it('takes size and defaults from what the source was found to be', () => {
    const found: FoundBootSource = {
      source: { dataSource: { namespace: 'vg-images', name: 'golden.debian' } },
      size: '3Gi',
      defaultInstanceType: 'u1.small',
      defaultPreference: 'debian',
      warnings: [],
    };
    const image = { image: 'debian' };
    expect(specify({ name: 'web-1', bootDisk: image }, found)).toMatchObject({
      size: { instanceType: 'u1.small' },
      preference: 'debian',
      bootDisk: { source: found.source, size: '3Gi' },
    });
    const chosen = { ...good, preference: 'fedora', bootDisk: { ...image, size: '4Gi' } };
    expect(specify(chosen, found)).toMatchObject({
      size: { cpus: 2 },
      preference: 'fedora',
      bootDisk: { size: '4Gi' },
    });
    const small = () => specify({ ...good, bootDisk: { ...image, size: '1Gi' } }, found);
    expect(small).toThrow('The source has 3Gi');
    expect(pointers({ bootDisk: { image: 'a', registry: 'docker://b/c' } })).toEqual(['/bootDisk']);
  });
});
