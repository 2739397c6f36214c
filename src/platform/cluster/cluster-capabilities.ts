import type { ApiDiscovery } from './api-discovery.js';
import type { ClusterLogger } from './cluster-logger.js';
import type { ClusterTransport } from './cluster-transport.js';
import { effectiveGates, minorOf } from './feature-gates.js';
import { CDI, KUBEVIRT, STORAGE_PROFILE } from './kinds.js';
import { clusterFailureDetails } from './status-to-failure.js';
import type { WatchApi } from './watch-api.js';

/** What the cluster can do. Versions as the cluster spells them ("v1.6.0"); null where it does not tell virtgate. */
export interface Capabilities {
  kubernetes: string | null;
  kubevirt: string | null;
  cdi: string | null;
  /** Gates that this KubeVirt knows or that are set, with whether they are on. */
  featureGates: Readonly<Record<string, boolean>>;
  /** Served groups with their versions, the preferred one first. */
  apis: Readonly<Record<string, readonly string[]>>;
  storage: readonly StorageAbility[];
  /** How changes reach running machines: not at all (`Stage`), or as far as KubeVirt can; by moving them, where it may. */
  liveUpdate: { enabled: boolean; movesMachines: boolean };
  /** RFC 3339. */
  observedAt: string;
}

/** From CDI's StorageProfile. */
export interface StorageAbility {
  storageClass: string;
  accessModes: readonly string[];
  /** ReadWriteMany is among them: machines on it can migrate live. */
  sharedAccess: boolean;
  cloneStrategy: string | null;
  snapshotClass: string | null;
}

const FRESH_MS = 5 * 60_000;

/** Asked at first use, then every five minutes in the background of a use. */
export class ClusterCapabilities {
  private known: { capabilities: Capabilities; at: number } | null = null;
  private pending: Promise<Capabilities> | null = null;

  constructor(
    private readonly transport: ClusterTransport,
    private readonly discovery: ApiDiscovery,
    private readonly api: WatchApi,
    private readonly logger: ClusterLogger,
  ) {}

  /** The last known state; throws cluster.unavailable only when the cluster was never reached. */
  async current(): Promise<Capabilities> {
    if (!this.known) return this.refresh();
    if (Date.now() - this.known.at > FRESH_MS) {
      void this.refresh().catch((error) => {
        this.logger.warn({ err: error }, 'The capabilities of the cluster could not be read again');
      });
    }
    return this.known.capabilities;
  }

  /** Asks the cluster now. */
  refresh(): Promise<Capabilities> {
    this.pending ??= this.read().finally(() => {
      this.pending = null;
    });
    return this.pending;
  }

  private async read(): Promise<Capabilities> {
    const apis = await this.discovery.served();
    const [kubernetes, answeredVersion, configuration, cdi, storage] = await Promise.all([
      this.version('/version'),
      this.version('/apis/subresources.kubevirt.io/v1/version'),
      this.configuration(),
      this.cdiVersion(),
      this.storage(),
    ]);
    const kubevirt = answeredVersion ?? configuration.observedVersion;
    const capabilities: Capabilities = {
      kubernetes,
      kubevirt,
      cdi,
      featureGates: effectiveGates(kubevirt, configuration),
      apis: Object.fromEntries([...apis].sort(([a], [b]) => (a < b ? -1 : 1))),
      storage,
      liveUpdate: {
        // LiveUpdate is the default since 1.6.
        enabled:
          (configuration.rollout ?? (minorOf(kubevirt) >= 6 ? 'LiveUpdate' : 'Stage')) === 'LiveUpdate',
        movesMachines: configuration.updateMethods.includes('LiveMigrate'),
      },
      observedAt: new Date().toISOString(),
    };
    this.known = { capabilities, at: Date.now() };
    return capabilities;
  }

  private async version(path: string): Promise<string | null> {
    const answer = await this.transport.send({ method: 'GET', path });
    if (answer.status !== 200) return null;
    const { gitVersion } = JSON.parse(answer.body.toString()) as { gitVersion?: unknown };
    return typeof gitVersion === 'string' ? gitVersion : null;
  }

  /** Every authenticated identity may list `kubevirts` (role kubevirt.io:default). */
  private async configuration() {
    const first = (await this.collect(KUBEVIRT))[0] as
      | {
          spec?: {
            workloadUpdateStrategy?: { workloadUpdateMethods?: string[] };
            configuration?: {
              vmRolloutStrategy?: string;
              developerConfiguration?: { featureGates?: string[]; disabledFeatureGates?: string[] };
            };
          };
          status?: { observedKubeVirtVersion?: string };
        }
      | undefined;
    const developer = first?.spec?.configuration?.developerConfiguration;
    return {
      enabled: developer?.featureGates ?? [],
      disabled: developer?.disabledFeatureGates ?? [],
      rollout: first?.spec?.configuration?.vmRolloutStrategy ?? null,
      updateMethods: first?.spec?.workloadUpdateStrategy?.workloadUpdateMethods ?? [],
      observedVersion: first?.status?.observedKubeVirtVersion ?? null,
    };
  }

  private async cdiVersion(): Promise<string | null> {
    const first = (await this.collect(CDI))[0] as { status?: { observedVersion?: string } } | undefined;
    return first?.status?.observedVersion ?? null;
  }

  private async storage(): Promise<StorageAbility[]> {
    const profiles = (await this.collect(STORAGE_PROFILE)) as {
      metadata: { name: string };
      status?: {
        storageClass?: string;
        claimPropertySets?: { accessModes?: string[] }[];
        cloneStrategy?: string;
        snapshotClass?: string;
      };
    }[];
    return profiles.map(({ metadata, status }) => {
      const accessModes = [
        ...new Set((status?.claimPropertySets ?? []).flatMap((set) => set.accessModes ?? [])),
      ];
      return {
        storageClass: status?.storageClass ?? metadata.name,
        accessModes,
        sharedAccess: accessModes.includes('ReadWriteMany'),
        cloneStrategy: status?.cloneStrategy ?? null,
        snapshotClass: status?.snapshotClass ?? null,
      };
    });
  }

  /** A kind that is missing or hidden from virtgate is simply not known. */
  private async collect(kind: typeof KUBEVIRT): Promise<unknown[]> {
    const objects: unknown[] = [];
    try {
      for await (const object of this.api.list({ kind })) objects.push(object);
    } catch (error) {
      const status = clusterFailureDetails(error)?.status;
      if (status !== 403 && status !== 404) throw error;
      this.logger.debug({ err: error, kind: kind.plural }, 'A capability could not be read');
    }
    return objects;
  }
}
