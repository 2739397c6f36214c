import type { ResourceKind } from './cluster-client.js';
import { clusterNotServed } from './cluster-failures.js';
import type { ClusterTransport } from './cluster-transport.js';
import { toFailure } from './status-to-failure.js';

const FRESH_MS = 5 * 60_000;

/** Served groups with their versions, the cluster's preferred one first. */
export type ServedGroups = ReadonlyMap<string, readonly string[]>;

/** What the API server serves, from `/apis`; read again every five minutes and when something is missing. */
export class ApiDiscovery {
  private groups: ServedGroups | null = null;
  private readAt = 0;
  private pending: Promise<ServedGroups> | null = null;
  private suspect = false;

  /** A 404 may ask for a new look, but a missing kind must not become a storm of looks: `leastAge` milliseconds. */
  constructor(
    private readonly transport: ClusterTransport,
    private readonly leastAge = 10_000,
  ) {}

  /** The first of the kind's versions that is served; throws cluster.not_served, or why the cluster cannot be asked. */
  async versionOf(kind: Pick<ResourceKind, 'group' | 'versions' | 'plural'>): Promise<string> {
    if (kind.group === '') return 'v1';
    const found = choose(await this.served(), kind);
    if (found) return found;
    this.doubt();
    const again = choose(await this.served(), kind);
    if (again) return again;
    throw clusterNotServed(`This cluster does not serve ${kind.plural}.${kind.group}.`, {
      details: { status: 404, reason: 'NotServed', message: null, causes: [] },
    });
  }

  /** Waits for the cluster only where nothing is known, or where what is known was doubted. */
  async served(): Promise<ServedGroups> {
    const age = Date.now() - this.readAt;
    const known = this.groups;
    if (known && this.suspect && age >= this.leastAge) return this.refresh().catch(() => known);
    if (known && age > FRESH_MS) void this.refresh().catch(() => {});
    return known ?? this.refresh();
  }

  /** A path of a served group was not there: look again before the next choice. */
  doubt(): void {
    this.suspect = true;
  }

  private refresh(): Promise<ServedGroups> {
    this.pending ??= this.read().finally(() => {
      this.pending = null;
    });
    return this.pending;
  }

  private async read(): Promise<ServedGroups> {
    const answer = await this.transport.send({ method: 'GET', path: '/apis' });
    const text = answer.body.toString();
    if (answer.status !== 200) {
      throw toFailure(answer.status, text, answer.contentType, { verb: 'read', resource: 'API groups' });
    }
    const list = JSON.parse(text) as {
      groups?: { name: string; versions: { version: string }[]; preferredVersion?: { version: string } }[];
    };
    const groups = new Map<string, readonly string[]>();
    for (const { name, versions, preferredVersion } of list.groups ?? []) {
      const preferred = preferredVersion?.version;
      const names = versions.map(({ version }) => version);
      groups.set(name, preferred ? [preferred, ...names.filter((other) => other !== preferred)] : names);
    }
    this.groups = groups;
    this.readAt = Date.now();
    this.suspect = false;
    return groups;
  }
}

function choose(groups: ServedGroups, kind: Pick<ResourceKind, 'group' | 'versions'>): string | undefined {
  const served = groups.get(kind.group);
  return served && kind.versions.find((version) => served.includes(version));
}
