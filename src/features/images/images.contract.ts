import type { ProjectRef } from '../../kernel/principal.js';

/** A boot source that may be cloned into a project. */
export interface BootSource {
  /** As it was asked for, or `project/name` where that is what it takes. */
  name: string;
  /** The DataSource to refer to: `sourceRef`. */
  namespace: string;
  dataSource: string;
  /** Canonical quantity: what a disk made of it needs at least; null where it is not known. */
  size: string | null;
  defaultInstanceType: string | null;
  defaultPreference: string | null;
  /** False while it is still being filled: a clone waits for it. */
  ready: boolean;
}

/** What other rooms may know of images. Synchronous, from the watch-fed cache. */
export abstract class ImagesContract {
  /**
   * Finds an image that the project may use: its own, then what its tenant shares, then what is public. `reference` is
   * a name, or `project/name`. Throws image.not_found; image.ambiguous where several projects share one of that name.
   */
  abstract resolve(project: ProjectRef, reference: string, pointer: string): BootSource;
}
