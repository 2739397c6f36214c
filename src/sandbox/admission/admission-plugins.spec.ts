import { existsSync, readFileSync } from 'node:fs';
import { clusterInstanceTypes, clusterPreferences } from '../catalogue/cluster-catalogue.js';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { StatusError } from '../store/status-error.js';
import type { AdmissionRequest } from '../wire/extension.js';
import { admissionPlugins } from './admission-plugins.js';

const recordings = new URL('../../../../shared/reference/live-v1.3.1/errors/', import.meta.url);
const here = existsSync(recordings);
if (!here) console.warn('skipped: the recordings are not beside this checkout');
const recorded = here ? it : it.skip;

const catalogue = new Map(
  [...clusterInstanceTypes(), ...clusterPreferences()].map((one) => [
    `${one.kind?.toLowerCase()}s.instancetype.kubevirt.io/${one.metadata.name}`,
    one as KubeObject,
  ]),
);
const plugins = admissionPlugins(
  { get: (resource, _namespace, name) => catalogue.get(`${resource}/${name}`), list: () => [] },
  {
    allows: ({ name }, { namespace }) => (name === 'alice' && namespace === 'golden' ? 'her own' : undefined),
  },
);
const user = { name: 'alice', groups: ['system:authenticated'] };

function admit(resource: string, object: Untyped, oldObject?: Untyped): NewObject {
  const request: AdmissionRequest = {
    operation: oldObject ? 'UPDATE' : 'CREATE',
    resource,
    namespace: 'team',
    name: object.metadata.name,
    user,
    dryRun: false,
    object: structuredClone(object),
    oldObject,
  };
  const concerned = plugins.filter((plugin) => plugin.resources.includes(resource));
  for (const plugin of concerned) request.object = plugin.mutate?.(request, []) ?? request.object;
  for (const plugin of concerned) plugin.validate?.(request, []);
  return request.object as NewObject;
}

function refusal(act: () => unknown): StatusError {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('it was admitted');
}

function vm(spec: Untyped = {}, template: Untyped = {}, domain: Untyped = {}): Untyped {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'one', namespace: 'team' },
    spec: {
      runStrategy: 'Halted',
      template: { spec: { domain: { devices: {}, memory: { guest: '1Gi' }, ...domain }, ...template } },
      ...spec,
    },
  };
}

const vms = 'virtualmachines.kubevirt.io';
const vmis = 'virtualmachineinstances.kubevirt.io';
const volumes = 'datavolumes.cdi.kubevirt.io';
const claims = 'persistentvolumeclaims';

const dataVolume = (spec: Untyped): Untyped => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataVolume',
  metadata: { name: 'one', namespace: 'team' },
  spec,
});
const storage = { resources: { requests: { storage: '1Gi' } } };

describe('admission', () => {
  const withBus = (bus: string) =>
    vm(
      {},
      { volumes: [{ name: 'root', persistentVolumeClaim: { claimName: 'root' } }] },
      { devices: { disks: [{ name: 'root', disk: { bus } }] } },
    );
  const cases: [file: string, act: () => unknown][] = [
    ['422-webhook-bus', () => admit(vms, withBus('floppy'))],
    ['422-schema-type', () => admit(vms, vm({ runStrategy: 5 }))],
    ['422-missing-template', () => admit(vms, vm({ template: undefined }))],
    [
      '422-no-instancetype',
      () => admit(vms, vm({ instancetype: { name: 'u9.none' } }, {}, { memory: undefined })),
    ],
    [
      '422-vmi-spec-immutable',
      () => {
        const vmi: Untyped = { metadata: { name: 'one' }, spec: { domain: { devices: {} } } };
        return admit(vmis, { ...vmi, spec: { domain: { cpu: { cores: 4 } } } }, vmi);
      },
    ],
    ['422-dv-bad', () => admit(volumes, dataVolume({ source: { http: { url: 'ftp//bad' } }, storage }))],
  ];
  for (const [file, act] of cases) {
    recorded(`refuses as a real cluster: ${file}`, () => {
      const expected = JSON.parse(readFileSync(new URL(`${file}.json`, recordings), 'utf8'));
      const { code, reason, message, details } = refusal(act);
      expect({ code, reason, message, details }).toEqual({
        code: expected.code,
        reason: expected.reason,
        message: expected.message,
        details: expected.details,
      });
    });
  }

  it('fills in what virt-api fills in', () => {
    const admitted = admit(
      vms,
      vm({ instancetype: { name: 'u1.medium' }, preference: { name: 'fedora' } }, {}, { memory: undefined }),
    );
    expect(admitted.spec).toMatchObject({
      instancetype: { kind: 'virtualmachineclusterinstancetype', name: 'u1.medium' },
      preference: { kind: 'virtualmachineclusterpreference', name: 'fedora' },
      template: { spec: { architecture: 'amd64', domain: { machine: { type: 'q35' }, resources: {} } } },
    });
  });

  it.each<[string, Untyped, RegExp]>([
    ['both running and runStrategy', vm({ running: true }), /Running and RunStrategy are mutually exclusive/],
    ['neither of them', vm({ runStrategy: undefined }), /RunStrategy must be specified/],
    ['an unknown strategy', vm({ runStrategy: 'Sometimes' }), /Invalid RunStrategy \(Sometimes\)/],
    ['no memory', vm({}, {}, { memory: undefined }), /no memory requested/],
    ['negative memory', vm({}, {}, { memory: { guest: '-1Gi' } }), /must be greater than or equal to 0/],
    [
      'a size in the template and in the instance type',
      vm({ instancetype: { name: 'u1.medium' } }),
      /VM field\(s\) spec\.template\.spec\.domain\.memory\.guest conflicts with selected instance type/,
    ],
    [
      'an instance type that is too small for the preference',
      vm(
        { instancetype: { name: 'u1.nano' }, preference: { name: 'windows.11' } },
        {},
        { memory: undefined },
      ),
      /insufficient CPU resources of 1 vCPU provided by instance type, preference requires 2 vCPU/,
    ],
    [
      'a disk without a volume',
      vm({}, {}, { devices: { disks: [{ name: 'root' }] } }),
      /disks\[0\]\.Name 'root' not found/,
    ],
    [
      'a volume with two sources',
      vm(
        {},
        { volumes: [{ name: 'root', dataVolume: { name: 'a' }, persistentVolumeClaim: { claimName: 'b' } }] },
      ),
      /volumes\[0\] must have exactly one source type set/,
    ],
    [
      'a volume that the sandbox has not',
      vm({}, { volumes: [{ name: 'root', hostDisk: { path: '/' } }] }),
      /hostDisk is not supported by the sandbox/,
    ],
    [
      'a data volume template that nobody uses',
      vm({ dataVolumeTemplates: [{ metadata: { name: 'x' }, spec: { source: { blank: {} }, storage } }] }),
      /must be referenced in the VMI template's 'volumes' list/,
    ],
    [
      'a malformed MAC address',
      vm(
        {},
        { networks: [{ name: 'default', pod: {} }] },
        { devices: { interfaces: [{ name: 'default', masquerade: {}, macAddress: '1:2' }] } },
      ),
      /has malformed MAC address \(1:2\)/,
    ],
    [
      'cloud-init that is too long',
      vm({}, { volumes: [{ name: 'seed', cloudInitNoCloud: { userData: 'x'.repeat(3000) } }] }),
      /exceeds 2048 byte limit/,
    ],
  ])('refuses %s', (_what, object, message) => {
    expect(refusal(() => admit(vms, object))).toMatchObject({
      code: 422,
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, Untyped, RegExp]>([
    ['no source', { storage }, /Missing Data volume source/],
    [
      'two sources',
      { source: { blank: {}, http: { url: 'http://a/' } }, storage },
      /Multiple Data volume sources/,
    ],
    [
      'a source for later',
      { source: { s3: { url: 's3://bucket/key' } }, storage },
      /source type s3 is not supported/,
    ],
    [
      'another scheme',
      { source: { http: { url: 'file:///etc/passwd' } }, storage },
      /Invalid source URL scheme/,
    ],
    ['no size', { source: { blank: {} }, storage: {} }, /size is missing/],
    [
      'size zero',
      { source: { blank: {} }, storage: { resources: { requests: { storage: '0' } } } },
      /size can't be equal or less than zero/,
    ],
  ])('refuses a DataVolume with %s', (_what, spec, message) => {
    expect(refusal(() => admit(volumes, dataVolume(spec)))).toMatchObject({
      code: 422,
      message: expect.stringMatching(message),
    });
  });

  it('lets nobody clone out of a namespace that does not let them', () => {
    const from = (namespace: string): Untyped => ({ source: { pvc: { namespace, name: 'a' } }, storage });
    expect(admit(volumes, dataVolume(from('golden')))).toBeDefined();
    expect(admit(volumes, dataVolume(from('team')))).toBeDefined();
    expect(refusal(() => admit(volumes, dataVolume(from('secret'))))).toMatchObject({
      code: 422,
      message: expect.stringContaining(
        'User alice has insufficient permissions in clone source namespace secret',
      ),
    });
    const reference = { sourceRef: { kind: 'DataSource', namespace: 'secret', name: 'later' }, storage };
    expect(refusal(() => admit(volumes, dataVolume(reference)))).toMatchObject({ code: 422 });
    const pointing = (namespace: string): Untyped => ({
      metadata: { name: 'one', namespace: 'team' },
      spec: { source: { pvc: { namespace, name: 'a' } } },
    });
    expect(admit('datasources.cdi.kubevirt.io', pointing('golden'))).toBeDefined();
    expect(refusal(() => admit('datasources.cdi.kubevirt.io', pointing('secret')))).toMatchObject({
      code: 422,
    });
    const marked = {
      metadata: { name: 'one', annotations: { 'k8s.io/CloneRequest': 'secret/a' } },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    expect(refusal(() => admit('persistentvolumeclaims', marked))).toMatchObject({ code: 422 });
    const machine = vm(
      { dataVolumeTemplates: [{ metadata: { name: 'root' }, spec: from('golden') }] },
      { volumes: [{ name: 'root', dataVolume: { name: 'root' } }] },
    );
    expect(refusal(() => admit('virtualmachines.kubevirt.io', machine))).toMatchObject({
      code: 422,
      message: expect.stringContaining('User system:serviceaccount:team:default has insufficient'),
    });
  });

  it('lets claims grow, but not shrink or change', () => {
    const claim = (size: string, mode = 'ReadWriteOnce'): Untyped => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'one', namespace: 'team' },
      spec: { accessModes: [mode], resources: { requests: { storage: size } } },
    });
    expect(admit(claims, claim('2Gi'), claim('1Gi')).spec.resources.requests.storage).toBe('2Gi');
    expect(refusal(() => admit(claims, claim('512Mi'), claim('1Gi')))).toMatchObject({
      code: 422,
      message: expect.stringContaining('Forbidden: field can not be less than previous value'),
    });
    expect(refusal(() => admit(claims, claim('1Gi', 'ReadWriteMany'), claim('1Gi')))).toMatchObject({
      message: expect.stringContaining('spec is immutable after creation'),
    });
  });

  it('makes a bare instance complete, and keeps its status out of users’ hands', () => {
    const made = admit(vmis, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata: { name: 'bare', namespace: 'team' },
      spec: { domain: { devices: {}, memory: { guest: '1Gi' } } },
      status: { phase: 'Running' },
    });
    expect(made.status).toBeUndefined();
    expect(made.spec.domain.devices.interfaces).toEqual([
      { name: 'default', masquerade: {}, model: 'virtio' },
    ]);
    expect(made.metadata.finalizers).toContain('foregroundDeleteVirtualMachine');
    const changed = admit(
      vmis,
      { ...made, status: { phase: 'Running' } },
      { ...made, status: { phase: 'Pending' } },
    );
    expect(changed.status).toEqual({ phase: 'Pending' });
  });
});
