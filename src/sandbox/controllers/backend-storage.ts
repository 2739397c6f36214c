import { join } from 'node:path';
import type { GuestSpec } from '../nodes/node-driver.js';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { controlledBy, controllerOf } from './ownership.js';
import { CLAIMS, KUBEVIRTS, type World } from './reconciliation.js';
import { stableSuffix } from './stable-names.js';
import { hasTpm } from './vmi-defaults.js';

/** KubeVirt's label of such a claim, with the machine's name. */
export const STATE_LABEL = 'persistent-state-for';
/** KubeVirt's name of the pod's volume. */
export const STATE_VOLUME = 'vm-state';
const SIZE = '10Mi';

const keepsVariables = ({ domain }: Untyped): boolean =>
  domain.firmware?.bootloader?.efi?.persistent === true;

export const keepsTpm = ({ domain }: Untyped): boolean =>
  hasTpm(domain.devices) && domain.devices.tpm.persistent === true;

/** The claim on which UEFI variables and the TPM's memory outlive an instance; undefined where nothing is to. */
export function stateClaimName(vmi: KubeObject): string | undefined {
  if (!keepsVariables(vmi.spec) && !keepsTpm(vmi.spec)) return undefined;
  const owner = controllerOf(vmi, 'VirtualMachine')?.uid ?? vmi.metadata.uid;
  return `${STATE_LABEL}-${vmi.metadata.name}-${stableSuffix(owner)}`;
}

/**
 * The claim that an instance lacks before its pod can be made. It is the machine's: gone with it, and not before.
 * @see KubeVirt pkg/storage/backend-storage
 */
export function missingStateClaim(vmi: KubeObject, world: World): NewObject | undefined {
  const name = stateClaimName(vmi);
  if (name === undefined || world.get(CLAIMS, vmi.metadata.namespace, name)) return undefined;
  const storageClassName = world.list(KUBEVIRTS)[0]?.spec?.configuration?.vmStateStorageClass;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      namespace: vmi.metadata.namespace,
      labels: { [STATE_LABEL]: vmi.metadata.name },
      ownerReferences: [controllerOf(vmi, 'VirtualMachine') ?? controlledBy(vmi)],
    },
    spec: {
      accessModes: ['ReadWriteMany'],
      resources: { requests: { storage: SIZE } },
      volumeMode: 'Filesystem',
      ...(storageClassName && { storageClassName }),
    },
  };
}

/** Where the node finds it. */
export function keptState(vmi: KubeObject, world: World): Pick<GuestSpec, 'kept'> {
  const name = stateClaimName(vmi);
  const claim = name && world.get(CLAIMS, vmi.metadata.namespace, name);
  if (!claim) return {};
  const directory = `${world.diskPath(claim.metadata.uid)}.state`;
  return {
    kept: {
      ...(keepsVariables(vmi.spec) && { uefiVariables: join(directory, 'uefi-variables.fd') }),
      ...(keepsTpm(vmi.spec) && { tpmDirectory: join(directory, 'tpm') }),
    },
  };
}
