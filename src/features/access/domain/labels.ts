/** Kubernetes' syntax of label keys and values. @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MOST = 64;

export function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash < 0) return NAME.test(key);
  const prefix = key.slice(0, slash);
  return prefix.length <= 253 && PREFIX.test(prefix) && NAME.test(key.slice(slash + 1));
}

/** What is wrong with the labels of a request, in words; null when nothing is. A null value takes a label away. */
export function labelProblem(labels: unknown, removals = false): string | null {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return 'must be an object';
  const entries = Object.entries(labels);
  if (entries.length > MOST) return `must have at most ${MOST} entries`;
  for (const [key, value] of entries) {
    if (!isLabelKey(key)) return `"${key.slice(0, 80)}" is no label key`;
    if (value === null && removals) continue;
    if (typeof value !== 'string' || (value !== '' && !NAME.test(value))) {
      return `the value of "${key.slice(0, 80)}" is no label value`;
    }
  }
  return null;
}

/** RFC 7396 on labels. */
export function mergeLabels(
  present: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const merged = Object.entries({ ...present, ...patch }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return Object.fromEntries(merged);
}
