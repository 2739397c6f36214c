/** What one patch of a VirtualMachineRestore sets, as a part of a VirtualMachine; null where that cannot be said. */
export function patchOf(patch: unknown): object | null {
  const { op, path, value } = parsed(patch) ?? {};
  if (op === 'remove') return {};
  if ((op !== 'add' && op !== 'replace') || typeof path !== 'string' || !path.startsWith('/')) return null;
  const keys = path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return keys.reduceRight<unknown>(
    (below, key) => (/^(\d+|-)$/.test(key) ? [below] : { [key]: below }),
    value,
  ) as object;
}

function parsed(patch: unknown): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(String(patch));
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
