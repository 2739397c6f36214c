import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { clusterInstanceTypes, clusterPreferences } from '../catalogue/cluster-catalogue.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { expandTemplate, instancetypeConflicts } from './instancetype-expansion.js';
import { launcherRequests, memoryOverheadBytes } from './memory-overhead.js';
import { formatBytes, quantityBytes, quantityValue } from './quantity.js';
import { withVmiDefaults } from './vmi-defaults.js';

const type = (name: string) => clusterInstanceTypes().find((one) => one.metadata.name === name) as KubeObject;
const preference = (name: string) =>
  clusterPreferences().find((one) => one.metadata.name === name) as KubeObject;
const template = (domain: Untyped = {}): Untyped => ({ domain: { devices: {}, ...domain } });

describe('expansion of instance type and preference', () => {
  it('gives vCPUs as sockets unless the preference wants them otherwise', () => {
    expect(expandTemplate(template(), type('u1.large'), undefined).domain).toMatchObject({
      cpu: { sockets: 2, cores: 1, threads: 1 },
      memory: { guest: '8Gi' },
    });
    expect(
      expandTemplate(template(), type('n1.2xlarge'), preference('rhel.9.dpdk')).domain.cpu,
    ).toMatchObject({
      sockets: 2,
      cores: 4,
      threads: 2,
      dedicatedCPUPlacement: true,
    });
  });

  it('asks for less than the guest sees where the type overcommits', () => {
    const { domain } = expandTemplate(template(), type('o1.medium'), undefined);
    expect(domain.memory).toEqual({ guest: '4Gi' });
    expect(domain.resources.requests.memory).toBe(String(2 * 2 ** 30));
  });

  it('prefers, but what the machine says itself stays', () => {
    const given = template({
      devices: {
        disks: [
          { name: 'a', disk: {} },
          { name: 'b', disk: { bus: 'usb' } },
          { name: 'c', cdrom: {} },
        ],
        interfaces: [{ name: 'default', masquerade: {} }],
      },
    });
    const spec = expandTemplate(given, undefined, preference('windows.11'));
    expect(spec.domain.devices.disks.map((disk: Untyped) => disk.disk?.bus)).toEqual([
      'sata',
      'usb',
      undefined,
    ]);
    expect(spec.domain.devices.interfaces[0].model).toBe('e1000e');
    expect(spec.domain.firmware.bootloader.efi).toEqual({ persistent: true, secureBoot: true });
    expect(spec.domain.devices.tpm).toEqual({ persistent: true });
    expect(spec.terminationGracePeriodSeconds).toBe(3600);
    expect(spec.domain.clock.utc).toEqual({});
  });

  it('names each field that the template and the type both set', () => {
    const given = template({ cpu: { cores: 2 }, memory: { guest: '1Gi' } });
    expect(instancetypeConflicts(given, type('u1.large')).map((one) => one.field)).toEqual([
      'spec.template.spec.domain.cpu.cores',
      'spec.template.spec.domain.memory.guest',
    ]);
    expect(instancetypeConflicts(given, undefined)).toEqual([]);
  });

  const recordings = new URL('../../../../shared/reference/live-v1.3.1/objects/vmi.yaml', import.meta.url);
  (existsSync(recordings) ? it : it.skip)('makes the instance that KubeVirt made', () => {
    const recorded = parse(readFileSync(recordings, 'utf8')).items[0].spec;
    const given = template({
      devices: { disks: [{ name: 'rootdisk', disk: {} }], interfaces: [{ name: 'default', masquerade: {} }] },
    });
    given.networks = [{ name: 'default', pod: {} }];
    given.volumes = recorded.volumes;
    const uuid = recorded.domain.firmware.uuid;
    const made = withVmiDefaults(expandTemplate(given, type('u1.medium'), preference('fedora')), uuid);
    // The bundle of 1.9 prefers two things that the one of 1.3 did otherwise.
    delete recorded.domain.devices.networkInterfaceMultiqueue;
    delete made.domain.devices.autoattachInputDevice;
    delete made.domain.devices.disks[0].dedicatedIOThread;
    delete made.domain.devices.networkInterfaceMultiqueue;
    expect(made).toEqual(recorded);
  });
});

describe('memory of the pod', () => {
  it('is the guest’s and KubeVirt’s overhead', () => {
    const spec = template({ cpu: { sockets: 2 }, memory: { guest: '4Gi' } });
    expect(memoryOverheadBytes(spec)).toBe(284n * 2n ** 20n);
    expect(launcherRequests(spec).requests).toMatchObject({
      memory: String((4096n + 284n) * 2n ** 20n),
      cpu: '200m',
    });
  });

  it('comes out of huge pages where the instance type says so', () => {
    const spec = expandTemplate(template(), type('m1.large'), undefined);
    const { requests, limits } = launcherRequests(spec);
    expect(requests['hugepages-2Mi']).toBe('16Gi');
    expect(limits['hugepages-2Mi']).toBe('16Gi');
    expect(quantityValue(requests.memory)).toBeLessThan(2 ** 30);
  });
});

describe('quantities', () => {
  it.each<[unknown, bigint | undefined]>([
    ['4Gi', 4n * 2n ** 30n],
    ['1.5Gi', 1610612736n],
    ['500m', 1n],
    ['1k', 1000n],
    ['1e3', 1000n],
    [5, 5n],
    ['4 Gi', undefined],
    ['', undefined],
    [{}, undefined],
  ])('%j is %s bytes', (quantity, bytes) => {
    expect(quantityBytes(quantity)).toBe(bytes);
  });

  it('are written short', () => {
    expect(formatBytes(4n * 2n ** 30n)).toBe('4Gi');
    expect(formatBytes(1000n)).toBe('1000');
  });
});
