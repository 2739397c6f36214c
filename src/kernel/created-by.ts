/** Who had something made in the cluster, as its annotation `virtgate.io/created-by` keeps it. */
export interface CreatedBy {
  type: string;
  id: string;
  name: string;
}

export const formatCreatedBy = ({ type, id, name }: CreatedBy): string => `${type}:${id}:${name}`;

/** Null where the annotation was not written by virtgate. */
export function parseCreatedBy(text: string | undefined): CreatedBy | null {
  const match = /^([a-z-]{1,32}):([^:]{1,128}):(.{1,256})$/.exec(text ?? '');
  if (!match) return null;
  const [, type = '', id = '', name = ''] = match;
  return { type, id, name };
}
