import { parseCreatedBy } from '../../../kernel/created-by.js';
import { userLabels } from '../../../kernel/labels.js';
import { canonicalBytes } from '../../../kernel/quantity.js';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { RunStrategy } from '../domain/create-body.js';
import { ANNOTATION, isProtected } from '../domain/names.js';
import type { ObservedMachine, ObservedVolume } from '../domain/observed.js';
import { wantedRunStrategy } from '../domain/wanted-run-strategy.js';
import { observeBoard } from './machine-board.js';
import { conditionsOf, list, record, vcpus } from './reading.js';

const MAX_PARTS = 128;

/** The compact view of a VirtualMachine, whoever made it. */
export function observeMachine(object: KubeObject): ObservedMachine {
  const { metadata } = object;
  const spec = record(object.spec);
  const status = record(object.status);
  const template = record(record(spec.template).spec);
  const domain = record(template.domain);
  const devices = record(domain.devices);
  const volumes = list(template.volumes).slice(0, MAX_PARTS).map(record);
  const annotations = metadata.annotations ?? {};
  const memory = record(domain.memory).guest ?? record(record(domain.resources).requests).memory;
  const cloudInit = volumes.map(({ cloudInitNoCloud }) => record(record(cloudInitNoCloud).secretRef).name);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    generation: metadata.generation ?? 0,
    observedGeneration: typeof status.observedGeneration === 'number' ? status.observedGeneration : null,
    desiredGeneration: typeof status.desiredGeneration === 'number' ? status.desiredGeneration : null,
    createdAt: metadata.creationTimestamp ?? '',
    deleting: Boolean(metadata.deletionTimestamp),
    labels: userLabels(metadata.labels),
    displayName: cappedText(annotations[ANNOTATION.displayName], 128),
    createdBy: parseCreatedBy(annotations[ANNOTATION.createdBy]),
    operationId: annotations[ANNOTATION.operationId] ?? null,
    deleteProtection: isProtected(metadata.labels),
    runStrategy: runStrategyOf(spec),
    wantedRunStrategy: wantedRunStrategy(annotations[ANNOTATION.runStrategy]),
    instanceType: cappedText(record(spec.instancetype).name, 253),
    preference: cappedText(record(spec.preference).name, 253),
    cpus: vcpus(record(domain.cpu)),
    memory: typeof memory === 'string' ? canonicalBytes(memory) : null,
    volumes: volumes.map((volume) => observeVolume(volume, list(devices.disks).map(record))),
    interfaces: list(devices.interfaces)
      .slice(0, MAX_PARTS)
      .map(record)
      .map((nic) => ({
        name: cappedText(nic.name, 63) ?? '',
        network: networkOf(nic, list(template.networks).map(record), metadata.namespace ?? ''),
        model: cappedText(nic.model, 32),
        mac: cappedText(nic.macAddress, 32),
        hotpluggable: nic.bridge !== undefined && isSecondary(nic, list(template.networks).map(record)),
        absent: nic.state === 'absent',
        bootOrder: typeof nic.bootOrder === 'number' ? nic.bootOrder : null,
      })),
    ...observeBoard(domain),
    podInterfaceByDefault: devices.autoattachPodInterface !== false,
    serialConsole: devices.autoattachSerialConsole !== false,
    graphics: devices.autoattachGraphicsDevice !== false,
    ownDisks: list(spec.dataVolumeTemplates)
      .map((own) => cappedText(record(record(own).metadata).name, 253))
      .filter((name) => name !== null),
    cloudInitSecret: cappedText(
      cloudInit.find((name) => name !== undefined),
      253,
    ),
    // Made a moment ago: KubeVirt has not looked at it.
    state: cappedText(status.printableStatus, 64) ?? 'Provisioning',
    ready: status.ready === true,
    conditions: conditionsOf(status.conditions),
  };
}

/** `running` is the old way of saying it, and excludes runStrategy. */
function runStrategyOf(spec: Record<string, unknown>): ObservedMachine['runStrategy'] {
  if (typeof spec.runStrategy === 'string') return spec.runStrategy as RunStrategy;
  return spec.running === true ? 'Always' : 'Halted';
}

function observeVolume(volume: Record<string, unknown>, disks: Record<string, unknown>[]): ObservedVolume {
  const name = cappedText(volume.name, 63) ?? '';
  const disk = disks.find((candidate) => candidate.name === name) ?? {};
  const kind = (['disk', 'cdrom', 'lun'] as const).find((candidate) => disk[candidate] !== undefined) ?? null;
  const claim = record(volume.dataVolume).name ?? record(volume.persistentVolumeClaim).claimName;
  return {
    name,
    claim: cappedText(claim, 253),
    kind,
    bus: kind ? cappedText(record(disk[kind]).bus, 16) : null,
    bootOrder: typeof disk.bootOrder === 'number' ? disk.bootOrder : null,
  };
}

const isSecondary = (nic: Record<string, unknown>, networks: Record<string, unknown>[]): boolean =>
  networks.some(({ name, multus }) => name === nic.name && multus !== undefined);

/** As the project names it: `pod`, its own name, or `namespace/name` of another namespace's. */
function networkOf(
  nic: Record<string, unknown>,
  networks: Record<string, unknown>[],
  namespace: string,
): string {
  const network = networks.find((candidate) => candidate.name === nic.name) ?? {};
  const name = cappedText(record(network.multus).networkName, 253) ?? 'pod';
  return name.startsWith(`${namespace}/`) ? name.slice(namespace.length + 1) : name;
}
