import { isMap, isSeq, parseDocument, stringify } from 'yaml';

export const MAX_USER_DATA_BYTES = 32 * 1024;

/**
 * User data with the keys added, for any datasource and without the guest agent. cloud-init tells what user data is
 * by its first line, so a cloud-config gets the keys inside, and anything else (script, include, jinja, archive,
 * MIME) is carried beside a small cloud-config in a MIME multipart, which cloud-init takes apart again.
 * KubeVirt's accessCredentials would do this too, but need the secret mounted and a 1.x feature per propagation.
 * @see https://docs.cloud-init.io/en/latest/explanation/format.html
 */
export function userDataWithKeys(userData: string | null, keys: readonly string[]): string | null {
  if (keys.length === 0) return userData;
  if (userData === null || userData.trim() === '') return cloudConfig({ ssh_authorized_keys: keys });
  if (/^#cloud-config\s*(\r?\n|$)/.test(userData)) return addToCloudConfig(userData, keys);
  return multipart([
    cloudConfig({ ssh_authorized_keys: keys, merge_how: 'list(append)+dict(recurse_array)+str()' }),
    userData,
  ]);
}

/** Null, or why cloud-init could not read it. Only a cloud-config is looked into. */
export function userDataProblem(userData: string): string | null {
  if (Buffer.byteLength(userData) > MAX_USER_DATA_BYTES) return 'User data has at most 32 KiB.';
  if (userData.includes('\0')) return 'User data is text.';
  if (!/^#cloud-config\s*(\r?\n|$)/.test(userData)) return null;
  const document = parseDocument(userData);
  const [error] = document.errors;
  if (error) return `The cloud-config is not valid YAML: ${error.message.split('\n')[0]}`;
  if (document.contents !== null && !isMap(document.contents)) return 'A cloud-config is a mapping.';
  const keys = document.get('ssh_authorized_keys');
  return keys === undefined || keys === null || isSeq(keys) ? null : 'ssh_authorized_keys is a list.';
}

/** What a machine without user data reads, for its host name comes with it. */
export const EMPTY_USER_DATA = '#cloud-config\n{}\n';

/** Null, or why cloud-init could not read it as its network configuration (version 1 or 2, as YAML). */
export function networkDataProblem(networkData: string): string | null {
  if (Buffer.byteLength(networkData) > MAX_USER_DATA_BYTES) return 'Network data has at most 32 KiB.';
  const document = parseDocument(networkData);
  const [error] = document.errors;
  if (error) return `The network data is not valid YAML: ${error.message.split('\n')[0]}`;
  if (!isMap(document.contents)) return 'Network data is a mapping.';
  const version = document.get('version') ?? document.getIn(['network', 'version']);
  return version === 1 || version === 2 ? null : 'Network data says its version, 1 or 2.';
}

const cloudConfig = (content: object): string => `#cloud-config\n${stringify(content, { lineWidth: 0 })}`;

function addToCloudConfig(userData: string, keys: readonly string[]): string {
  const document = parseDocument(userData);
  const present = document.get('ssh_authorized_keys');
  const before: unknown[] = isSeq(present) ? (present.toJSON() as unknown[]) : [];
  const added = keys.filter((key) => !before.includes(key));
  if (document.contents === null) return cloudConfig({ ssh_authorized_keys: keys });
  document.set('ssh_authorized_keys', document.createNode([...before, ...added]));
  const text = document.toString({ lineWidth: 0 });
  return text.startsWith('#cloud-config') ? text : `#cloud-config\n${text}`;
}

const TYPES: [RegExp, string][] = [
  [/^#!/, 'text/x-shellscript'],
  [/^#include-once/, 'text/x-include-once-url'],
  [/^#include/, 'text/x-include-url'],
  [/^#cloud-config-archive/, 'text/cloud-config-archive'],
  [/^#cloud-config/, 'text/cloud-config'],
  [/^#cloud-boothook/, 'text/cloud-boothook'],
  [/^#part-handler/, 'text/part-handler'],
  [/^## template: *jinja/, 'text/jinja2'],
];

/** Parts in base64, so that no text of a user can end a part early. */
function multipart(parts: readonly string[]): string {
  const boundary = 'virtgate-cloud-init-part';
  const written = parts.map((part) => {
    const type = TYPES.find(([pattern]) => pattern.test(part))?.[1] ?? 'text/plain';
    // What is MIME already has headers of its own and is nested as a whole.
    if (/^(content-type|mime-version):/i.test(part)) return part.replace(/\r?\n/g, '\n');
    const body = Buffer.from(part).toString('base64').replace(/.{76}/g, '$&\n');
    return `Content-Type: ${type}; charset="utf-8"\nContent-Transfer-Encoding: base64\nMIME-Version: 1.0\n\n${body}`;
  });
  const sections = written.map((part) => `--${boundary}\n${part}\n`).join('');
  return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${sections}--${boundary}--\n`;
}
