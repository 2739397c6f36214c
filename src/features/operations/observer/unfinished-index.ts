import type { OperationRecord } from '../operations.contract.js';

const keyOf = (namespace: string, type: string, name: string) => `${namespace}/${type}/${name}`;

/** Which unfinished operation is on which target: so that an event of the cluster costs no query. */
export class UnfinishedIndex {
  private readonly byTarget = new Map<string, string>();
  private readonly targets = new Map<string, string>();

  set({ id, project, target }: Pick<OperationRecord, 'id' | 'project' | 'target'>): void {
    const key = keyOf(project.namespace, target.type, target.name);
    this.byTarget.set(key, id);
    this.targets.set(id, key);
  }

  delete(id: string): void {
    const key = this.targets.get(id);
    this.targets.delete(id);
    if (key !== undefined && this.byTarget.get(key) === id) this.byTarget.delete(key);
  }

  find(namespace: string, type: string, name: string): string | undefined {
    return this.byTarget.get(keyOf(namespace, type, name));
  }

  clear(): void {
    this.byTarget.clear();
    this.targets.clear();
  }
}
