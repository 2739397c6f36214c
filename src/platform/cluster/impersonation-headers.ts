import type { Impersonation } from './cluster-client.js';
import { clusterNameInvalid } from './cluster-failures.js';

/** The API server adds this group to every impersonated user anyway: asking for it gives nothing. */
const EVERYBODY = 'system:authenticated';

/**
 * The headers that make a request somebody's own, built from nothing else. Kubernetes' own identities can never be
 * taken: virtgate's `impersonate` right is wide, because RBAC cannot restrict it by prefix.
 */
export function impersonationHeaders(as: Impersonation | undefined): [name: string, value: string][] {
  if (!as) return [];
  return [
    ['Impersonate-User', identity(as.user)],
    ...as.groups.map((group): [string, string] => ['Impersonate-Group', identity(group)]),
  ];
}

function identity(value: string): string {
  if (!/^[!-~]{1,256}$/.test(value)) {
    throw clusterNameInvalid('An impersonated user or group must be 1 to 256 printable ASCII characters.');
  }
  if (value.startsWith('system:') && value !== EVERYBODY) {
    throw clusterNameInvalid('Identities of Kubernetes itself cannot be impersonated.');
  }
  return value;
}
