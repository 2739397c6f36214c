import { isReservedLabel } from '../../../kernel/labels.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { provenance, record, records, text } from '../../snapshots/cluster-reading.contract.js';
import { newMac } from '../../snapshots/new-identity.contract.js';
import { cloneName } from './clone-input.js';

type From = Pick<OperationRecord, 'id' | 'requestId' | 'requestedBy' | 'project'>;

const machineRef = (name: string) => ({ apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name });

/**
 * A VirtualMachineClone (clone.kubevirt.io; the client sets the version served). MACs have dashes, for KubeVirt makes
 * restore patches of them, which must hold no ":" (vm-target.go); every interface is named, for one that is not
 * would get an empty MAC.
 */
export function cloneManifest(
  operation: From,
  { source, target, freshMacs }: { source: string; target: string; freshMacs: boolean },
  original: { metadata: { labels?: Record<string, string> }; spec?: unknown },
): KubeObject {
  const domain = record(record(record(record(original.spec).template).spec).domain);
  const macs = records(record(domain.devices).interfaces).flatMap((nic, index) => {
    const mac = freshMacs ? newMac(operation.id, index) : text(nic.macAddress, 32);
    return mac === null ? [] : [[text(nic.name, 63) ?? '', mac.replaceAll(':', '-')]];
  });
  const reserved = Object.keys(original.metadata.labels ?? {}).filter(isReservedLabel);
  return {
    apiVersion: 'clone.kubevirt.io/v1beta1',
    kind: 'VirtualMachineClone',
    metadata: {
      name: cloneName(operation.id),
      namespace: operation.project.namespace,
      annotations: provenance(operation),
    },
    spec: {
      source: machineRef(source),
      target: machineRef(target),
      labelFilters: ['*', ...reserved.map((key) => `!${key}`)],
      annotationFilters: ['*', '!virtgate.io/*'],
      ...(macs.length > 0 && { newMacAddresses: Object.fromEntries(macs) }),
    },
  };
}
