/** RFC 1123 label: what Kubernetes accepts as the name of a namespace, and virtgate as any name. */
export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function isDnsLabel(value: string): boolean {
  return DNS_LABEL.test(value);
}
