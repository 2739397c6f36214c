/** What a boot disk is filled from, in the words of a DataVolume. */
export type BootVolumeSource =
  | { url: string }
  | { blank: true }
  | { registry: string }
  /** A DataSource: an image of the catalogue. */
  | { dataSource: { namespace: string; name: string } }
  /** A claim of the same namespace. */
  | { claim: string }
  /** A VolumeSnapshot of the same namespace. */
  | { volumeSnapshot: string };

/** What was found under the name that a request gives as its boot source. */
export interface FoundBootSource {
  source: BootVolumeSource;
  /** Canonical quantity: the disk's default, and the least that it needs; null where it is not known. */
  size: string | null;
  defaultInstanceType: string | null;
  defaultPreference: string | null;
  warnings: readonly string[];
}

export const isClone = (source: BootVolumeSource): boolean =>
  'dataSource' in source || 'claim' in source || 'volumeSnapshot' in source;
