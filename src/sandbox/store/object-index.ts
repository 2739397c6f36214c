import type { KubeObject } from './kube-object.js';
import type { ResourceName } from './object-store.js';

export interface Located {
  resource: ResourceName;
  object: KubeObject;
}

/** One kind's objects of one namespace, with their names in order (kept until one comes or goes). */
class Shelf {
  readonly objects = new Map<string, KubeObject>();
  private names: string[] | undefined;

  put(name: string, object: KubeObject): void {
    if (!this.objects.has(name)) this.names = undefined;
    this.objects.set(name, object);
  }

  remove(name: string): void {
    if (this.objects.delete(name)) this.names = undefined;
  }

  sorted(): KubeObject[] {
    this.names ??= [...this.objects.keys()].sort();
    return this.names.map((name) => this.objects.get(name) as KubeObject);
  }
}

/** Everything in memory: by place, by uid and by owner. */
export class ObjectIndex {
  private readonly kinds = new Map<ResourceName, Map<string, Shelf>>();
  private readonly byUid = new Map<string, Located>();
  private readonly dependants = new Map<string, Set<string>>();
  private readonly population = new Map<string, number>();

  get(resource: ResourceName, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.kinds
      .get(resource)
      ?.get(namespace ?? '')
      ?.objects.get(name);
  }

  list(resource: ResourceName, namespace?: string): KubeObject[] {
    const shelves = this.kinds.get(resource);
    if (!shelves) return [];
    if (namespace !== undefined) return shelves.get(namespace)?.sorted() ?? [];
    return [...shelves.keys()].sort().flatMap((key) => (shelves.get(key) as Shelf).sorted());
  }

  *inNamespace(namespace: string): Iterable<Located> {
    for (const [resource, shelves] of this.kinds)
      for (const object of shelves.get(namespace)?.sorted() ?? []) yield { resource, object };
  }

  *everything(): Iterable<Located> {
    yield* this.byUid.values();
  }

  find(uid: string): Located | undefined {
    return this.byUid.get(uid);
  }

  dependantsOf(uid: string): Located[] {
    return [...(this.dependants.get(uid) ?? [])].flatMap((dependant) => this.byUid.get(dependant) ?? []);
  }

  isEmpty(namespace: string): boolean {
    return (this.population.get(namespace) ?? 0) === 0;
  }

  put(resource: ResourceName, object: KubeObject): void {
    const { namespace = '', name, uid } = object.metadata;
    const previous = this.byUid.get(uid);
    if (previous) this.unlink(previous.object);
    else this.population.set(namespace, (this.population.get(namespace) ?? 0) + 1);
    let shelves = this.kinds.get(resource);
    if (!shelves) {
      shelves = new Map();
      this.kinds.set(resource, shelves);
    }
    let shelf = shelves.get(namespace);
    if (!shelf) {
      shelf = new Shelf();
      shelves.set(namespace, shelf);
    }
    shelf.put(name, object);
    this.byUid.set(uid, { resource, object });
    for (const owner of object.metadata.ownerReferences ?? []) {
      const dependants = this.dependants.get(owner.uid) ?? new Set();
      dependants.add(uid);
      this.dependants.set(owner.uid, dependants);
    }
  }

  remove(resource: ResourceName, object: KubeObject): void {
    const { namespace = '', name, uid } = object.metadata;
    this.kinds.get(resource)?.get(namespace)?.remove(name);
    this.byUid.delete(uid);
    this.unlink(object);
    const left = (this.population.get(namespace) ?? 1) - 1;
    if (left === 0) this.population.delete(namespace);
    else this.population.set(namespace, left);
  }

  private unlink(object: KubeObject): void {
    for (const owner of object.metadata.ownerReferences ?? []) {
      const dependants = this.dependants.get(owner.uid);
      dependants?.delete(object.metadata.uid);
      if (dependants?.size === 0) this.dependants.delete(owner.uid);
    }
  }
}
