import { mutableCopy, sameJson } from '../../store/frozen-copy.js';
import type { KubeObject, NewObject } from '../../store/kube-object.js';
import type { ResourceName } from '../../store/object-store.js';
import { forbidden } from '../../store/refusals.js';
import type { SqliteObjectStore } from '../../store/sqlite-object-store.js';
import type { AdmissionPlugin, AdmissionRequest } from '../extension.js';
import { formatAmount, parseAmount, ZERO } from './resource-amount.js';
import { addTo, missingFromPod, type Usage, usageOf } from './usage.js';

const QUOTAS = 'resourcequotas';

/** Resources whose objects a quota on this name counts. */
function countedBy(name: string): ResourceName {
  if (name.startsWith('count/')) return name.slice('count/'.length);
  if (name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/'))
    return 'persistentvolumeclaims';
  const compute = /^(requests\.|limits\.)?(cpu|memory|ephemeral-storage)$/.test(name);
  return compute ? 'pods' : name;
}

/**
 * ResourceQuota: refuses what would exceed, whoever creates it (the wire or a controller), and keeps
 * `status.used`. Usage is counted from the objects at each check, so it is never stale.
 */
export class ResourceQuotas implements AdmissionPlugin {
  readonly resources = ['persistentvolumeclaims'];
  private readonly dirty = new Set<string>();
  private readonly stops: (() => void)[] = [];
  private scheduled: NodeJS.Immediate | undefined;

  constructor(private readonly store: SqliteObjectStore) {
    this.stops.push(
      store.guardCreates((resource, object) => this.check(resource, object)),
      store.subscribe(({ object }) => this.markDirty(object.metadata.namespace)),
    );
    for (const quota of store.list(QUOTAS)) this.markDirty(quota.metadata.namespace);
  }

  close(): void {
    for (const stop of this.stops) stop();
    clearImmediate(this.scheduled);
  }

  /** A claim that grows must fit as well. */
  validate({ operation, resource, object, oldObject }: AdmissionRequest): void {
    if (operation === 'UPDATE' && object && oldObject) this.check(resource, object, oldObject);
  }

  /** @throws StatusError 403 `exceeded quota` or `failed quota ... must specify`. */
  private check(resource: ResourceName, object: NewObject, previous?: KubeObject): void {
    const namespace = object.metadata.namespace ?? previous?.metadata.namespace;
    if (namespace === undefined) return;
    const kind = this.store.kinds.require(resource);
    for (const quota of this.store.list(QUOTAS, namespace)) {
      const hard: Record<string, string> = quota.spec?.hard ?? {};
      const missing = resource === 'pods' ? missingFromPod(object, hard) : [];
      if (missing.length > 0)
        throw forbidden(
          kind,
          object.metadata.name,
          `failed quota: ${quota.metadata.name}: must specify ${missing.join(',')}`,
        );
      const wanted = usageOf(resource, object);
      const had: Usage = previous ? usageOf(resource, previous) : new Map();
      const over: { name: string; wanted: string; used: string; limit: string }[] = [];
      let used: Usage | undefined;
      for (const name of Object.keys(hard).sort()) {
        const amount = wanted.get(name);
        const limit = parseAmount(hard[name]);
        if (!amount || !limit) continue;
        const growth = amount.milli - (had.get(name)?.milli ?? 0n);
        if (growth <= 0n) continue;
        used ??= this.used(namespace, hard);
        const present = used.get(name) ?? ZERO;
        if (present.milli + growth > limit.milli)
          over.push({
            name,
            wanted: formatAmount({ ...amount, milli: growth }),
            used: formatAmount(present),
            limit: hard[name] as string,
          });
      }
      if (over.length === 0) continue;
      const told = (field: 'wanted' | 'used' | 'limit') =>
        over.map((one) => `${one.name}=${one[field]}`).join(',');
      throw forbidden(
        kind,
        object.metadata.name,
        `exceeded quota: ${quota.metadata.name}, requested: ${told('wanted')}, used: ${told('used')}, limited: ${told('limit')}`,
      );
    }
  }

  private used(namespace: string, hard: Record<string, string>): Usage {
    const used: Usage = new Map();
    for (const resource of new Set(Object.keys(hard).map(countedBy))) {
      if (!this.store.kinds.find(resource)) continue;
      for (const object of this.store.list(resource, namespace))
        for (const [name, amount] of usageOf(resource, object)) addTo(used, name, amount);
    }
    return used;
  }

  private markDirty(namespace: string | undefined): void {
    if (namespace === undefined) return;
    this.dirty.add(namespace);
    this.scheduled ??= setImmediate(() => {
      this.scheduled = undefined;
      this.refresh();
    });
  }

  private refresh(): void {
    const namespaces = [...this.dirty];
    this.dirty.clear();
    for (const namespace of namespaces)
      for (const quota of this.store.list(QUOTAS, namespace)) {
        const hard: Record<string, string> = quota.spec?.hard ?? {};
        const used = this.used(namespace, hard);
        const status = {
          hard,
          used: Object.fromEntries(
            Object.keys(hard).map((name) => [name, formatAmount(used.get(name) ?? ZERO)]),
          ),
        };
        if (!sameJson(quota.status, status))
          this.store.update(QUOTAS, { ...mutableCopy(quota), status }, 'status');
      }
  }
}
