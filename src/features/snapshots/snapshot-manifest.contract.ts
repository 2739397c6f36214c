import type { KubeObject } from '../../kubevirt-types/kube-object.js';
import { provenance } from './cluster-reading.contract.js';

/** Seconds that KubeVirt gives a snapshot where nothing else is said. */
export const DEFAULT_DEADLINE_SECONDS = 300;

export interface SnapshotSpec {
  name: string;
  namespace: string;
  machine: string;
  labels: Readonly<Record<string, string>>;
  failureDeadlineSeconds: number;
}

/** A VirtualMachineSnapshot of a whole machine (snapshot.kubevirt.io; the client sets the version served). */
export const snapshotManifest = (spec: SnapshotSpec, from: Parameters<typeof provenance>[0]): KubeObject => ({
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  kind: 'VirtualMachineSnapshot',
  metadata: {
    name: spec.name,
    namespace: spec.namespace,
    labels: { ...spec.labels },
    annotations: provenance(from),
  },
  spec: {
    source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: spec.machine },
    failureDeadline: `${spec.failureDeadlineSeconds}s`,
  },
});
