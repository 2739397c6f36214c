import type { KubeObject } from '../../store/kube-object.js';

export interface Column {
  name: string;
  type: 'string' | 'integer' | 'boolean' | 'date';
  format: string;
  description: string;
  /** 0 is always shown, 1 only by `-o wide`. */
  priority: number;
  cell(object: KubeObject, now: Date): unknown;
}

export const NAME_COLUMN: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique among those of its kind and namespace.',
  priority: 0,
  cell: (object) => object.metadata.name,
};
