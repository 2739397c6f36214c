/** What the platform opens to tenants beyond what every machine may have; closed unless a setting says otherwise. */
export interface Openings {
  /** Node selectors, affinity and tolerations (TENANT_PLACEMENT). */
  placement: boolean;
  /** CPU models and features other than the cluster's own default (TENANT_CPU_MODELS). */
  cpuModels: boolean;
  /** Whose network attachment definitions every project may use besides its own (SHARED_NETWORK_NAMESPACES). */
  networkNamespaces: readonly string[] | 'all';
  /** Types of Services that machines may be exposed by (TENANT_SERVICE_TYPES). */
  serviceTypes?: readonly string[];
}

export const CLOSED: Openings = { placement: false, cpuModels: false, networkNamespaces: [] };

/** The openings of this platform. */
export class TenantPolicy implements Openings {
  readonly placement: boolean;
  readonly cpuModels: boolean;
  readonly networkNamespaces: readonly string[] | 'all';
  readonly serviceTypes: readonly string[];

  constructor({
    placement,
    cpuModels,
    networkNamespaces,
    serviceTypes = ['ClusterIP', 'NodePort'],
  }: Openings = CLOSED) {
    this.placement = placement;
    this.cpuModels = cpuModels;
    this.networkNamespaces = networkNamespaces;
    this.serviceTypes = serviceTypes;
  }
}
