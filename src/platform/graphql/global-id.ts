/** Relay's opaque object ids: base64url of `<Type>:<key>`. */

export interface GlobalId {
  type: string;
  key: string;
}

const TYPE = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

export function toGlobalId(type: string, key: string): string {
  return Buffer.from(`${type}:${key}`, 'utf8').toString('base64url');
}

/** Null where the text is no id of ours: to a caller that is the same as an object that does not exist. */
export function fromGlobalId(id: string): GlobalId | null {
  if (id.length > 1024) return null;
  const text = Buffer.from(id, 'base64url').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  const type = text.slice(0, colon);
  const key = text.slice(colon + 1);
  // Buffer skips what is not base64url; only the one true spelling of an id is accepted.
  if (!TYPE.test(type) || key === '' || toGlobalId(type, key) !== id) return null;
  return { type, key };
}
