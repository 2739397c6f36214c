import { accessData } from '../ssh-secret.contract.js';
import type { VirtualMachineSpec } from './create-body.js';
import type { ManifestObject, Provenance } from './manifest.js';
import {
  cloudInitSecretName,
  firstSshSecretName,
  provenanceAnnotations,
  sysprepSecretName,
} from './names.js';
import { sysprepFiles } from './sysprep.js';

/** KubeVirt reads these keys of the secret that a cloudInitNoCloud volume refers to. */
const USER_DATA_KEY = 'userdata';
const NETWORK_DATA_KEY = 'networkdata';

/** What a machine's volumes and credentials refer to, made before it. Whoever reads this reads passwords. */
export function machineSecrets(spec: VirtualMachineSpec, from: Provenance): ManifestObject[] {
  const { userData, networkData, sysprep, sshAccess } = spec;
  const secret = (name: string, texts: Record<string, string>): ManifestObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: from.namespace, annotations: provenanceAnnotations(from) },
    data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, base64(text)])),
  });
  return [
    ...(userData === null
      ? []
      : [
          secret(cloudInitSecretName(spec.name, from.operationId), {
            [USER_DATA_KEY]: userData,
            ...(networkData !== null && { [NETWORK_DATA_KEY]: networkData }),
          }),
        ]),
    ...(sysprep ? [secret(sysprepSecretName(spec.name, from.operationId), sysprepFiles(sysprep))] : []),
    ...(sshAccess
      ? [secret(firstSshSecretName(spec.name, from.operationId), accessData(sshAccess.keys))]
      : []),
  ];
}

/** The data of a secret with this user data and nothing else. */
export const userDataContent = (userData: string): Record<string, string> => ({
  [USER_DATA_KEY]: base64(userData),
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
