import type { Visibility } from '../domain/image-body.js';
import type { ImageState } from '../domain/image-view.js';
import type { ImageRow } from './image-directory.js';

export const IMAGE_ORDERS = ['name', '-name', 'createdAt', '-createdAt'] as const;
export type ImageOrder = (typeof IMAGE_ORDERS)[number];

/** All conditions must match. */
export interface ImageFilter {
  /** Part of the name or display name. */
  q?: string | null;
  state?: ImageState | null;
  visibility?: Visibility | null;
}

/** The sort keys, unique also among images of several projects; compared by code unit as the pager does. */
export const KEY_OF: Record<ImageOrder, (row: ImageRow) => string[]> = {
  name: ({ project, name }) => [project, name],
  '-name': ({ project, name }) => [project, name],
  createdAt: ({ createdAt, project, name }) => [createdAt, project, name],
  '-createdAt': ({ createdAt, project, name }) => [createdAt, project, name],
};

/** The rows that match, in that order. */
export function listed(rows: readonly ImageRow[], filter: ImageFilter, order: ImageOrder): ImageRow[] {
  const { state, visibility } = filter;
  const q = filter.q?.toLowerCase() ?? '';
  const sign = order.startsWith('-') ? -1 : 1;
  return rows
    .filter(
      (row) =>
        (!state || row.state === state) &&
        (!visibility || row.visibility === visibility) &&
        (!q || `${row.name}\n${row.displayName ?? ''}`.toLowerCase().includes(q)),
    )
    .map((row) => ({ row, key: KEY_OF[order](row).join('\0') }))
    .sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : 0))
    .map(({ row }) => row);
}
