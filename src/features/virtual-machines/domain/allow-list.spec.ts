import fc from 'fast-check';
import { type ClusterObject, type ResourceKind } from '../../../platform/cluster/cluster-client.js';
import {
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_CLONE,
  VIRTUAL_MACHINE_RESTORE,
} from '../../../platform/cluster/kinds.js';
import { CLOSED } from '../../../platform/tenant-policy/tenant-policy.js';
import { machineWrites, notOpenIn, onlyOpen } from '../allowed-machine.contract.js';
import { attachPatch } from './attachment.js';
import { virtualMachineManifest } from './manifest.js';
import { foundSources, goodBodies, multusNames } from './sample-bodies.spec-support.js';
import { specify } from './specify.js';

const OPEN = { placement: true, cpuModels: true, networkNamespaces: [] };
const from = {
  namespace: 'vg-demo',
  operationId: 'op-1',
  requestId: 'r-1',
  requestedBy: { type: 'user' as const, id: 'u', name: 'ada' },
};
// biome-ignore lint/suspicious/noExplicitAny: manifests are taken apart and put together.
type Any = any;

const write = (body: unknown, open = CLOSED, kind: ResourceKind = VIRTUAL_MACHINE) =>
  machineWrites(open)({ kind, verb: 'create', namespace: 'vg-demo', name: 'x', body });
const refusal = expect.objectContaining({ code: 'vm.not_open' });

const machines: fc.Arbitrary<Any> = fc.tuple(goodBodies, foundSources).map(([body, found]) => {
  const named = found && 'source' in found && 'dataSource' in found.source ? found : null;
  return virtualMachineManifest(specify(body, named, multusNames(body, from.namespace)), from);
});

const TEMPLATE = ['spec', 'template', 'spec'];
const DEVICES = [...TEMPLATE, 'domain', 'devices'];
/** What has been used elsewhere to get out of a machine, or at what is not one's own. */
const HOSTILE: [string[], unknown][] = [
  [[...TEMPLATE, 'volumes'], { name: 'v', hostDisk: { path: '/etc/shadow', type: 'Disk' } }],
  [[...TEMPLATE, 'volumes'], { name: 'v', serviceAccount: { serviceAccountName: 'default' } }],
  [[...TEMPLATE, 'volumes'], { name: 'v', secret: { secretName: 'database' } }],
  [[...TEMPLATE, 'volumes'], { name: 'v', configMap: { name: 'settings' } }],
  [[...TEMPLATE, 'volumes'], { name: 'v', downwardAPI: { fields: [] } }],
  [[...TEMPLATE, 'volumes'], { name: 'v', ephemeral: { persistentVolumeClaim: { claimName: 'c' } } }],
  [[...TEMPLATE, 'volumes'], { name: 'v', containerDisk: { image: 'i', imagePullSecret: 'registry' } }],
  [[...TEMPLATE, 'volumes'], { name: 'v', cloudInitNoCloud: { secretRef: { name: 'database' } } }],
  [[...TEMPLATE, 'volumes'], { name: 'v', sysprep: { configMap: { name: 'settings' } } }],
  [[...TEMPLATE, 'accessCredentials'], { sshPublicKey: { source: { secret: { secretName: 'database' } } } }],
  [[...TEMPLATE, 'networks'], { name: 'n', multus: { networkName: 'kube-system/host' } }],
  [[...DEVICES, 'interfaces'], { name: 'n', sriov: {} }],
  [[...DEVICES, 'interfaces'], { name: 'n', macvtap: {} }],
  [[...DEVICES, 'interfaces'], { name: 'n', binding: { name: 'host' } }],
  [[...DEVICES, 'gpus'], { name: 'g', deviceName: 'vendor/gpu' }],
  [[...DEVICES, 'hostDevices'], { name: 'h', deviceName: 'vendor/nic' }],
  [[...DEVICES, 'filesystems'], { name: 'f', virtiofs: {} }],
  [[...DEVICES, 'downwardMetrics'], {}],
  [[...DEVICES, 'clientPassthrough'], {}],
  [[...TEMPLATE, 'nodeSelector'], { 'kubernetes.io/hostname': 'node-1' }],
  [[...TEMPLATE, 'affinity'], { nodeAffinity: {} }],
  [[...TEMPLATE, 'tolerations'], [{ operator: 'Exists' }]],
  [[...TEMPLATE, 'schedulerName'], 'mine'],
  [[...TEMPLATE, 'priorityClassName'], 'system-node-critical'],
  [[...TEMPLATE, 'resourceClaims'], [{ name: 'c' }]],
  [[...TEMPLATE, 'livenessProbe'], { exec: { command: ['sh'] } }],
  [[...TEMPLATE, 'readinessProbe'], { httpGet: { host: '169.254.169.254', port: 80 } }],
  [[...TEMPLATE, 'domain', 'launchSecurity'], { sev: {} }],
  [[...TEMPLATE, 'domain', 'cpu'], { model: 'host-passthrough' }],
  [[...TEMPLATE, 'domain', 'cpu'], { dedicatedCpuPlacement: true }],
  [[...TEMPLATE, 'domain', 'memory'], { hugepages: { pageSize: '1Gi' } }],
  [[...TEMPLATE, 'domain', 'firmware'], { kernelBoot: { container: { image: 'i' } } }],
  [['spec', 'template', 'metadata', 'annotations'], { 'hooks.kubevirt.io/hookSidecars': '[]' }],
  [['spec', 'template', 'metadata', 'labels'], { 'kubevirt.io/created-by': 'uid' }],
  [['metadata', 'annotations'], { 'kubevirt.io/libvirt-log-filters': 'x' }],
  [['metadata', 'annotations'], { 'cdi.kubevirt.io/storage.prePopulated': 'x' }],
  [['metadata', 'labels'], { 'kubevirt.io/nodeName': 'node-1' }],
  [['metadata', 'ownerReferences'], [{ uid: 'x' }]],
  [['metadata', 'finalizers'], ['x/y']],
  [
    ['spec', 'dataVolumeTemplates'],
    { metadata: { name: 'd' }, spec: { source: { pvc: { namespace: 'other', name: 'c' } } } },
  ],
  [
    ['spec', 'dataVolumeTemplates'],
    { metadata: { name: 'd' }, spec: { source: { http: { url: 'u', secretRef: 'database' } } } },
  ],
  [
    ['spec', 'dataVolumeTemplates'],
    {
      metadata: { name: 'd', annotations: { 'cdi.kubevirt.io/storage.prePopulated': 'c' } },
      spec: { source: { blank: {} } },
    },
  ],
];

/** Puts it where it would stand: lists get one more, maps are merged, the rest is set. */
function planted(machine: Any, [path, part]: [string[], unknown]): Any {
  const copy = structuredClone(machine);
  const last = path.at(-1) as string;
  const holder = path.slice(0, -1).reduce((at: Any, key) => {
    at[key] ??= {};
    return at[key];
  }, copy);
  const isList =
    /^(volumes|accessCredentials|networks|interfaces|gpus|hostDevices|filesystems|dataVolumeTemplates)$/;
  if (isList.test(last)) holder[last] = [...(holder[last] ?? []), part];
  else if (typeof part === 'object' && !Array.isArray(part)) holder[last] = { ...holder[last], ...part };
  else holder[last] = part;
  return copy;
}

const text = (part: unknown) => JSON.stringify(part);
/** Every path of objects and lists in it. */
function placesIn(part: Any, path: (string | number)[] = []): (string | number)[][] {
  if (typeof part !== 'object' || part === null) return [];
  const below = Object.entries(part).flatMap(([key, one]) =>
    placesIn(one, [...path, Array.isArray(part) ? Number(key) : key]),
  );
  return [path, ...below];
}
const get = (machine: Any, path: (string | number)[]) => path.reduce((at, key) => at[key], machine);

describe('what reaches the cluster about a machine', () => {
  it('lets through whatever virtgate makes of a good body', () => {
    fc.assert(
      fc.property(machines, (machine) => {
        expect(() => write(machine)).not.toThrow();
        expect(notOpenIn(machine, CLOSED, 'vg-demo')).toEqual([]);
        expect(onlyOpen(machine, CLOSED, 'vg-demo')).toEqual(JSON.parse(text(machine)));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a field that nobody has listed, wherever it stands', () => {
    const key = fc.oneof(
      fc.constantFrom(
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
        'hostDisk',
        'hooks.kubevirt.io/x',
      ),
      fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{1,8})?\/[a-z]{1,8}$/).map((name) => `kubevirt.io/${name}`),
      fc.string({ minLength: 1 }).map((name) => `x\u0000${name}`),
    );
    fc.assert(
      fc.property(machines, key, fc.nat(), fc.jsonValue(), (machine, name, choice, value) => {
        const copy = JSON.parse(text(machine));
        const places = placesIn(copy).filter(
          (path) => !Array.isArray(get(copy, path)) && path.at(-1) !== 'labels',
        );
        const place = get(copy, places[choice % places.length] ?? []);
        Object.defineProperty(place, name, { value, enumerable: true, configurable: true, writable: true });
        expect(() => write(copy)).toThrow(refusal);
        expect(() => write(onlyOpen(copy, OPEN, 'vg-demo'), OPEN)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it.each(HOSTILE)('refuses what has been used to break out: %j %j', (...hostile) => {
    fc.assert(
      fc.property(machines, (machine) => {
        const evil = planted(machine, hostile);
        expect(() => write(evil)).toThrow(refusal);
        const merge = { kind: VIRTUAL_MACHINE, verb: 'merge', namespace: 'vg-demo', name: 'x' } as const;
        expect(() => machineWrites(CLOSED)({ ...merge, body: evil })).toThrow(refusal);
        const clean = onlyOpen(evil, CLOSED, 'vg-demo');
        expect(() => write(clean)).not.toThrow();
        const [path] = hostile;
        if (path[0] === 'spec' && path[1] !== 'dataVolumeTemplates')
          expect(notOpenIn(evil, CLOSED, 'vg-demo')).not.toEqual([]);
      }),
      { numRuns: 8 },
    );
  });

  it('opens what the platform opens, and nothing beside', () => {
    const machine = fc.sample(machines, 1)[0];
    for (const hostile of HOSTILE) {
      const gated = /nodeSelector|affinity|tolerations|host-passthrough/.test(text(hostile));
      const attempt = () => write(planted(machine, hostile), OPEN);
      if (gated) expect(attempt).not.toThrow();
      else expect(attempt).toThrow(refusal);
    }
  });

  it('leaves alone what an administrator has put there, of the version that was read', () => {
    const hostile = HOSTILE.slice(0, 2).reduce(planted, fc.sample(machines, 1)[0]);
    const found = {
      ...hostile,
      metadata: { ...hostile.metadata, resourceVersion: '7' },
    } as ClusterObject;
    const attachment = {
      claim: 'data',
      volume: 'data',
      kind: 'disk',
      bus: 'virtio',
      bootOrder: null,
      readOnly: false,
      shared: false,
    } as const;
    const patch = attachPatch(found.spec, attachment);
    const attempt = (resourceVersion: string | undefined, body: object | null = patch) =>
      machineWrites(CLOSED)({
        kind: VIRTUAL_MACHINE,
        verb: 'merge',
        namespace: 'vg-demo',
        name: 'x',
        body: { metadata: { resourceVersion }, ...body },
        from: found,
      });
    expect(() => attempt('7')).not.toThrow();
    expect(() => attempt('6')).toThrow(refusal);
    expect(() => attempt(undefined)).toThrow(refusal);
    const changed = structuredClone(patch) as Any;
    changed.spec.template.spec.volumes.at(-2).name = 'other';
    expect(() => attempt('7', changed)).toThrow(refusal);
  });

  it('looks into the patches of a restore, and refuses JSON patches', () => {
    const restore = (patch: object | string) => ({
      metadata: { name: 'r' },
      spec: { patches: [typeof patch === 'string' ? patch : JSON.stringify(patch)] },
    });
    const attempt = (patch: object | string) => () => write(restore(patch), OPEN, VIRTUAL_MACHINE_RESTORE);
    const at = '/spec/template/spec';
    expect(attempt({ op: 'add', path: `${at}/hostname`, value: 'web' })).not.toThrow();
    expect(attempt({ op: 'remove', path: `${at}/hostname` })).not.toThrow();
    expect(
      attempt({ op: 'add', path: `${at}/domain/devices/interfaces/0/macAddress`, value: '02-00' }),
    ).not.toThrow();
    expect(attempt({ op: 'add', path: `${at}/schedulerName`, value: 'x' })).toThrow(refusal);
    expect(attempt({ op: 'replace', path: `${at}/volumes/0/hostDisk/path`, value: '/' })).toThrow(refusal);
    expect(attempt({ op: 'move', from: '/a', path: `${at}/hostname` })).toThrow(refusal);
    expect(attempt('no json')).toThrow(refusal);
    const clone = { metadata: { name: 'c' }, spec: { patches: ['x'] } };
    expect(() => write(clone, OPEN, VIRTUAL_MACHINE_CLONE)).toThrow(refusal);
    const json = { kind: VIRTUAL_MACHINE, verb: 'json', namespace: 'vg-demo', name: 'x', body: [] } as const;
    expect(() => machineWrites(OPEN)(json)).toThrow(refusal);
    const plug = { ...json, verb: 'subresource:addvolume' } as const;
    const body = { name: 'd', volumeSource: { persistentVolumeClaim: { claimName: 'd' } } };
    expect(() => machineWrites(CLOSED)({ ...plug, body })).not.toThrow();
    const evil = { name: 'd', volumeSource: { hostDisk: { path: '/' } } };
    expect(() => machineWrites(CLOSED)({ ...plug, body: evil })).toThrow(refusal);
  });
});
