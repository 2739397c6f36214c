import { Failure } from '../../../kernel/failure.js';
import { observeMachine } from '../data/machine-view.js';
import { virtualMachineManifest } from './manifest.js';
import { specify } from './specify.js';
import { specifyChange, type UpdateBody } from './update-body.js';

const machineOf = (size: object) => {
  const spec = specify({ name: 'a', bootDisk: { blank: true, size: '1Gi' }, labels: { app: 'x' }, ...size });
  const requestedBy = { type: 'user', id: '1', name: 'n' };
  return observeMachine(
    virtualMachineManifest(spec, { namespace: 'n', operationId: 'o', requestId: 'r', requestedBy }),
  );
};
const custom = machineOf({ cpus: 1, memory: '1Gi' });
const typed = machineOf({ instanceType: 'u1.small' });
const patch = (body: UpdateBody, machine = custom) => specifyChange(body, machine).patch;
const pointers = (body: UpdateBody, machine = custom) => {
  try {
    specifyChange(body, machine);
  } catch (error) {
    if (error instanceof Failure) return error.errors?.map(({ pointer }) => pointer) ?? error.message;
  }
  return 'accepted';
};
const domain = (parts: object) => ({ template: { spec: { domain: parts } } });

describe('specifyChange', () => {
  it('writes only what is said', () => {
    expect(patch({ displayName: 'Web' })).toEqual({
      metadata: { annotations: { 'virtgate.io/display-name': 'Web' } },
    });
    expect(patch({ displayName: null })).toEqual({
      metadata: { annotations: { 'virtgate.io/display-name': null } },
    });
    const labelled = (labels: object) => ({
      metadata: { labels },
      spec: { template: { metadata: { labels } } },
    });
    expect(patch({ labels: { tier: 'b', app: null } })).toEqual(labelled({ tier: 'b', app: null }));
    expect(patch({ labels: null })).toEqual(labelled({ app: null }));
    expect(patch({ labels: { tier: 'b' }, cpus: 4 }).spec).toEqual({
      template: {
        metadata: { labels: { tier: 'b' } },
        ...domain({ cpu: { sockets: 4, cores: 1, threads: 1 } }).template,
      },
    });
    expect(patch({ deleteProtection: true })).toEqual({
      metadata: { labels: { 'kubevirt.io/vm-delete-protection': 'true' } },
    });
    expect(patch({ deleteProtection: false })).toEqual({
      metadata: { labels: { 'kubevirt.io/vm-delete-protection': null } },
    });
    expect(patch({ runStrategy: 'Manual' })).toEqual({
      // Kept, for the next start by KubeVirt's own rules would make it Always.
      metadata: { annotations: { 'virtgate.io/run-strategy': 'Manual' } },
      spec: { runStrategy: 'Manual' },
    });
    expect(patch({ runStrategy: 'Halted' })).toEqual({ spec: { runStrategy: 'Halted' } });
    expect(patch({ runStrategy: 'Always' })).toEqual({});
  });

  it('changes the size in place, from a type and to a type', () => {
    expect(patch({ cpus: 4 })).toEqual({ spec: domain({ cpu: { sockets: 4, cores: 1, threads: 1 } }) });
    expect(patch({ memory: '2048Mi' })).toEqual({ spec: domain({ memory: { guest: '2Gi' } }) });
    expect(patch({ instanceType: 'u1.large' })).toEqual({
      spec: {
        instancetype: { kind: 'VirtualMachineClusterInstancetype', name: 'u1.large', revisionName: null },
        ...domain({ cpu: null, memory: null }),
      },
    });
    expect(patch({ instanceType: null, cpus: 2, memory: '1Gi' }, typed)).toEqual({
      spec: {
        instancetype: null,
        ...domain({ cpu: { sockets: 2, cores: 1, threads: 1 }, memory: { guest: '1Gi' } }),
      },
    });
  });

  it.each<[string, UpdateBody, typeof custom, unknown]>([
    ['cpus beside a type', { cpus: 2 }, typed, ['/cpus']],
    ['cpus with a type', { instanceType: 'u1.large', cpus: 2 }, custom, ['/cpus']],
    ['leaving a type for nothing', { instanceType: null }, typed, ['/cpus', '/memory']],
    ['no cpus', { cpus: null }, custom, ['/cpus']],
    ['bad memory', { memory: 'x' }, custom, ['/memory']],
    ['a reserved label', { labels: { 'kubevirt.io/x': null } }, custom, ['/labels/kubevirt.io~1x']],
    ['bad user data', { userData: '#cloud-config\n[' }, custom, ['/userData']],
    ['nothing', {}, custom, 'The patch changes nothing.'],
    ['nothing but undefined', { cpus: undefined }, custom, 'The patch changes nothing.'],
  ])('refuses %s', (_what, body, machine, expected) => {
    expect(pointers(body, machine)).toEqual(expected);
  });

  it('knows what a run strategy does', () => {
    expect(specifyChange({ runStrategy: 'Halted' }, custom)).toMatchObject({ stops: true, starts: false });
    expect(specifyChange({ runStrategy: 'RerunOnFailure' }, custom)).toMatchObject({ starts: true });
    expect(specifyChange({ runStrategy: 'Always' }, custom)).toMatchObject({ stops: false, starts: false });
  });
});
