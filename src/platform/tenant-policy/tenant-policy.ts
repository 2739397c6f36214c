/** What the platform opens to tenants beyond what every machine may have; closed unless a setting says otherwise. */
export interface Openings {
  /** Node selectors, affinity and tolerations (TENANT_PLACEMENT). */
  placement: boolean;
  /** CPU models and features other than the cluster's own default (TENANT_CPU_MODELS). */
  cpuModels: boolean;
}

export const CLOSED: Openings = { placement: false, cpuModels: false };

/** The openings of this platform. */
export class TenantPolicy implements Openings {
  readonly placement: boolean;
  readonly cpuModels: boolean;

  constructor({ placement, cpuModels }: Openings = CLOSED) {
    this.placement = placement;
    this.cpuModels = cpuModels;
  }
}
