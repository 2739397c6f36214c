import type { ClusterTransport } from './cluster-transport.js';

/** Whom the cluster's own certificates are signed by, for its servers beside the API server. */
export class ClusterTrust {
  constructor(private readonly transport: ClusterTransport) {}

  /** PEM of the authority in the kubeconfig; undefined where that trusts the system's. Throws cluster.unavailable. */
  async authority(): Promise<Buffer | undefined> {
    return (await this.transport.access()).tls.ca;
  }
}
