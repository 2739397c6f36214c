import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ClusterSchemas, KUBEVIRT_VERSIONS } from './cluster-schemas.js';

const schemas = ClusterSchemas.load();
const RECORDED = join(import.meta.dirname, '../../../shared/reference/live-v1.3.1/objects');
const recorded = (file: string) => {
  const document = parse(readFileSync(join(RECORDED, file), 'utf8'));
  return (document.items ?? [document]) as Record<string, unknown>[];
};

const vm = (more: Record<string, unknown> = {}, domain: Record<string, unknown> = {}) => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'web', namespace: 'team-a' },
  spec: {
    runStrategy: 'Always',
    template: {
      spec: {
        domain: { devices: {}, memory: { guest: '1Gi' }, resources: { requests: { cpu: 1 } }, ...domain },
      },
    },
    ...more,
  },
});

if (schemas && existsSync(RECORDED)) {
  it.each(['vm.yaml', 'vm-stopped.yaml', 'vmi.yaml', 'vmi-paused.yaml', 'dv.yaml', 'migration.yaml'])(
    'what KubeVirt 1.3.1 itself wrote validates: %s',
    (file) => {
      for (const object of recorded(file)) expect(schemas.validate('v1.3.1', object, 'spec')).toEqual([]);
    },
  );
}

if (schemas) {
  it.each(KUBEVIRT_VERSIONS)('finds what is wrong for %s', (version) => {
    expect(schemas.validate(version, vm())).toEqual([]);
    expect(schemas.validate(version, vm({ runStrategy: 5 }))).toEqual(['/spec/runStrategy: must be string']);
    expect(schemas.validate(version, vm({ template: undefined }))).toEqual([
      "/spec: must have required property 'template'",
    ]);
    expect(schemas.validate(version, vm({ colour: 'red' }))).toEqual([
      '/spec: must NOT have additional properties "colour"',
    ]);
    expect(schemas.validate(version, vm({}, { memory: { guest: '1Gi', size: '2Gi' } }))).toEqual([
      '/spec/template/spec/domain/memory: must NOT have additional properties "size"',
    ]);
  });

  it('knows which release a field came with', () => {
    const rebootPolicy = vm({}, { rebootPolicy: 'Terminate' });
    expect(schemas.validate('v1.3.1', rebootPolicy)).toHaveLength(1);
    expect(schemas.validate('v1.9.0', rebootPolicy)).toEqual([]);
  });

  it('knows CDI, and says which kinds it does not know', () => {
    const dv = (source: unknown) => ({
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: { name: 'd' },
      spec: { source, storage: { resources: { requests: { storage: '1Gi' } } } },
    });
    expect(schemas.validate('v1.9.0', dv({ http: { url: 'http://images.example.com/x' } }))).toEqual([]);
    expect(schemas.validate('v1.9.0', dv({ http: { uri: 'x' } }))).not.toEqual([]);
    expect(() => schemas.validate('v1.9.0', { apiVersion: 'v1', kind: 'Unicorn' })).toThrow('no schema');
  });
} else {
  it.skip('the published schemas are not on this machine', () => {});
}
