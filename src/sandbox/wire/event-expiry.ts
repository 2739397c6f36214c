import type { ObjectStore } from '../store/object-store.js';

const EVENTS = 'events';
/** As kube-apiserver's `--event-ttl`. */
const LIFETIME = 3600 * 1000;
const SWEEP_EVERY = 60 * 1000;

/** Takes events away an hour after they were last seen, as the API server does. Returns the way to stop. */
export function expireEvents(store: ObjectStore, clock: { now(): Date }): () => void {
  const sweep = () => {
    const oldest = clock.now().getTime() - LIFETIME;
    for (const { metadata, lastTimestamp } of store.list(EVENTS)) {
      const seen = Math.max(Date.parse(metadata.creationTimestamp), Date.parse(lastTimestamp ?? '') || 0);
      if (seen < oldest) store.delete(EVENTS, metadata.namespace, metadata.name);
    }
  };
  sweep();
  const timer = setInterval(sweep, SWEEP_EVERY);
  timer.unref();
  return () => clearInterval(timer);
}
