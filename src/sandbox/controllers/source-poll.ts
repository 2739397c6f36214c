import type { DiskImages, ImageSource } from '../nodes/disk-images.js';
import type { KubeObject } from '../store/kube-object.js';
import type { SandboxClock, SandboxLogger } from './process-context.js';

/** What was last seen of a source: its version, or why it could not be seen. */
export type SourceSight =
  | { state: 'unseen' }
  | { state: 'looking' }
  | { state: 'seen'; version: string; at: Date }
  | { state: 'failed'; message: string; at: Date };

/** Asks registries and file servers which version of an image they have; remembers the last answer. */
export class SourcePoll {
  readonly #sights = new Map<string, SourceSight>();
  readonly #abort = new AbortController();

  constructor(
    private readonly images: Pick<DiskImages, 'versionOf'>,
    private readonly clock: SandboxClock,
    private readonly logger: SandboxLogger,
    private readonly notify: (object: KubeObject) => void,
  ) {}

  sight(uid: string): SourceSight {
    return this.#sights.get(uid) ?? { state: 'unseen' };
  }

  /** Begins to look and returns; the object's controller is told when there is an answer. */
  look(object: KubeObject, source: ImageSource): void {
    const { uid } = object.metadata;
    if (this.sight(uid).state === 'looking') return;
    this.#sights.set(uid, { state: 'looking' });
    this.images
      .versionOf(source, this.#abort.signal)
      .then(
        (version): SourceSight => ({ state: 'seen', version, at: this.clock.now() }),
        (error): SourceSight => ({
          state: 'failed',
          message: error instanceof Error ? error.message : String(error),
          at: this.clock.now(),
        }),
      )
      .then((sight) => {
        if (this.#abort.signal.aborted) return;
        if (sight.state === 'failed') {
          this.logger.warn({ cron: object.metadata.name, err: sight.message }, 'a source could not be seen');
        }
        this.#sights.set(uid, sight);
        this.notify(object);
      });
  }

  close(): void {
    this.#abort.abort();
  }
}
