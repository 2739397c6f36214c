import type { KubeObject, Untyped } from '../store/kube-object.js';
import { keepsTpm } from './backend-storage.js';
import type { Condition } from './conditions.js';
import { CLAIMS, type World } from './reconciliation.js';
import { claimNames } from './vm-data-volumes.js';

const ALLOW_BRIDGE = 'kubevirt.io/allow-pod-bridge-network-live-migration';

/**
 * Whether the instance can move while it runs, or the first thing that holds it.
 * @see KubeVirt pkg/virt-handler/vm.go (calculateLiveMigrationCondition) for reasons and messages
 */
export function liveMigratable(vmi: KubeObject, probe: string, world: World): Condition {
  const held = whatHoldsIt(vmi, world);
  return held
    ? { type: 'LiveMigratable', status: 'False', ...held }
    : { type: 'LiveMigratable', status: 'True', lastProbeTime: probe };
}

function whatHoldsIt(vmi: KubeObject, world: World): { reason: string; message: string } | undefined {
  const { domain, volumes = [], networks = [] } = vmi.spec;
  for (const claimName of claimNames(volumes).values()) {
    const claim = world.get(CLAIMS, vmi.metadata.namespace, claimName);
    if (claim && !claim.spec.accessModes?.includes('ReadWriteMany')) {
      return {
        reason: 'DisksNotLiveMigratable',
        message: `cannot migrate VMI: PVC ${claimName} is not shared, live migration requires that all PVCs must be shared (using ReadWriteMany access mode)`,
      };
    }
  }
  if (keepsTpm(vmi.spec)) {
    // KubeVirt moves such a one on shared storage; a TPM of the sandbox cannot share its memory with its successor.
    return {
      reason: 'DisksNotLiveMigratable',
      message:
        'cannot migrate VMI with a persistent TPM: the sandbox does not share its state between two nodes',
    };
  }
  if (volumes.some((volume: Untyped) => volume.hostDisk && !volume.hostDisk.shared)) {
    return { reason: 'DisksNotLiveMigratable', message: 'cannot migrate VMI with non-shared HostDisk' };
  }
  if (domain.devices.hostDevices?.length > 0 || domain.devices.gpus?.length > 0) {
    return { reason: 'HostDeviceNotLiveMigratable', message: 'VMI uses a PCI host devices' };
  }
  const podNetwork = networks.find((network: Untyped) => network.pod)?.name;
  const card = domain.devices.interfaces?.find((one: Untyped) => one.name === podNetwork);
  const bridged = card?.bridge && vmi.metadata.annotations?.[ALLOW_BRIDGE] !== undefined;
  if (card && !card.masquerade && !bridged) {
    return {
      reason: 'InterfaceNotLiveMigratable',
      message: `cannot migrate VMI which does not use masquerade, bridge with ${ALLOW_BRIDGE} VM annotation or a migratable plugin to connect to the pod network`,
    };
  }
  return undefined;
}
