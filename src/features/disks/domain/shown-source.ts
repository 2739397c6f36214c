import type { DiskSource } from './disk-body.js';

/** A source as it is shown for ever: the address without its query, which may hold a signature. */
export function shownSource(source: DiskSource): Record<string, unknown> {
  if ('blank' in source) return { blank: {} };
  if ('upload' in source) return { upload: {} };
  if ('url' in source) return { url: withoutQuery(source.url) };
  if ('registry' in source) return { registry: source.registry };
  if ('snapshot' in source && source.volume === null) return { snapshot: source.snapshot };
  return { ...source };
}

/** What a DataVolume that virtgate did not make says of its source; null where it says nothing known. */
export function dataVolumeSource(source: Record<string, unknown> | null): Record<string, unknown> | null {
  if (!source) return null;
  const of = (key: string) => source[key] as Record<string, unknown> | undefined;
  if (of('blank')) return { blank: {} };
  if (of('upload')) return { upload: {} };
  if (of('http')) return { url: withoutQuery(String(of('http')?.url ?? '')) };
  if (of('registry')) return { registry: String(of('registry')?.url ?? of('registry')?.imageStream ?? '') };
  if (of('pvc')) return { disk: String(of('pvc')?.name ?? '') };
  if (of('snapshot')) return { snapshot: String(of('snapshot')?.name ?? '') };
  return null;
}

function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return url.split('?', 1)[0] ?? '';
  const parsed = new URL(url);
  parsed.search = '';
  parsed.hash = '';
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
