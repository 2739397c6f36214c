import { stringify } from 'yaml';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import { cleanedManifest } from '../cleaned-manifest.contract.js';

/** A machine as a file that makes it again, and how to do by hand what virtgate does. */
export interface ExportedManifest {
  manifest: KubeObject;
  yaml: string;
  commands: string[];
}

/** Without what the cluster adds, and without texts that may hold passwords. */
export function exportManifest(object: KubeObject, namespace: string): ExportedManifest {
  const manifest = cleanedManifest(object);
  const { name } = manifest.metadata;
  const commands = [
    `kubectl get virtualmachine ${name} -n ${namespace} -o yaml`,
    `kubectl apply -n ${namespace} -f ${name}.yaml`,
    `virtctl start ${name} -n ${namespace}`,
    `virtctl stop ${name} -n ${namespace}`,
    `virtctl restart ${name} -n ${namespace}`,
    `virtctl console ${name} -n ${namespace}`,
    `kubectl delete virtualmachine ${name} -n ${namespace}`,
  ];
  const yaml = stringify(manifest, { lineWidth: 0 });
  const comment = ['# The same by hand:', ...commands.map((command) => `#   ${command}`)].join('\n');
  return { manifest, yaml: `${comment}\n${yaml}`, commands };
}
