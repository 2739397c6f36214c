/** On every virtual machine that is in the trash of its project: the cluster knows, and nobody else has to. */
export const TRASH_LABEL = 'virtgate.io/trashed';

export const isTrashed = ({
  metadata,
}: {
  metadata: { labels?: Readonly<Record<string, string>> };
}): boolean => metadata.labels?.[TRASH_LABEL] === 'true';

/** A project's setting. What is deleted there is kept for so long, and can be brought back. */
export interface TrashSetting {
  retentionSeconds: number;
}
