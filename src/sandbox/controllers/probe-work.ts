import { type GuestDoors, probeGuest } from '../nodes/guest-probe.js';
import type { GuestObservation } from '../nodes/node-driver.js';
import { counted, PROBES, type ProbeCount, type ProbeKind, type ProbeSettings } from './guest-probes.js';
import type { SandboxClock } from './process-context.js';

/** A pod whose guest is asked how it is. */
export interface ProbedPod {
  uid: string;
  /** "namespace/name" */
  key: string;
  guestUid: string;
  address: string;
  startedAt: Date;
  /** What was known of it before this process. */
  wasReady: boolean;
  probes: Partial<Record<ProbeKind, ProbeSettings>>;
}

export type ProbeCommand = { do: 'watch'; pod: ProbedPod } | { do: 'forget'; podUid: string };

/** What the probes of one pod have come to. Alive until the opposite is proven, ready only once that is. */
export interface ProbeVerdict {
  ready: boolean;
  alive: boolean;
}

/** What probes need of the driver. */
type ProbedGuests = GuestDoors & { observe(uid: string): GuestObservation | undefined };

interface Watched {
  pod: ProbedPod;
  counts: Record<ProbeKind, ProbeCount>;
  timers: Set<NodeJS.Timeout>;
}

/**
 * The kubelet's prober: asks guests, each at its times, and remembers what that came to. Nothing of it is kept; after a
 * restart it asks anew.
 * @see Kubernetes pkg/kubelet/prober/worker.go
 */
export class ProbeWork {
  readonly #watched = new Map<string, Watched>();

  constructor(
    private readonly guests: ProbedGuests,
    private readonly clock: SandboxClock,
    /** A probe failed, for this reason. */
    private readonly failed: (pod: ProbedPod, kind: ProbeKind, why: string) => void,
    /** The verdict on a pod is another one now. */
    private readonly turned: (pod: ProbedPod) => void,
  ) {}

  verdict(podUid: string): ProbeVerdict | undefined {
    const watched = this.#watched.get(podUid);
    return watched && { ready: watched.counts.readiness.well, alive: watched.counts.liveness.well };
  }

  run(command: ProbeCommand): void {
    if (command.do === 'forget') this.forget(command.podUid);
    else this.#watch(command.pod);
  }

  forget(podUid: string): void {
    const watched = this.#watched.get(podUid);
    this.#watched.delete(podUid);
    for (const timer of watched?.timers ?? []) clearTimeout(timer);
  }

  close(): void {
    for (const uid of [...this.#watched.keys()]) this.forget(uid);
  }

  #watch(pod: ProbedPod): void {
    if (this.#watched.has(pod.uid)) return;
    const watched: Watched = {
      pod,
      counts: {
        readiness: { well: pod.probes.readiness === undefined || pod.wasReady, run: 0 },
        liveness: { well: true, run: 0 },
      },
      timers: new Set(),
    };
    this.#watched.set(pod.uid, watched);
    for (const kind of PROBES) {
      const settings = pod.probes[kind];
      if (!settings) continue;
      const firstAt = pod.startedAt.getTime() + settings.initialDelaySeconds * 1000;
      this.#later(watched, kind, settings, firstAt - this.clock.now().getTime());
    }
  }

  #later(watched: Watched, kind: ProbeKind, settings: ProbeSettings, delayMs: number): void {
    const timer = setTimeout(
      () => {
        watched.timers.delete(timer);
        const begun = performance.now();
        void this.#ask(watched, kind, settings).then((goOn) => {
          if (!goOn || this.#watched.get(watched.pod.uid) !== watched) return;
          const periodMs = settings.periodSeconds * 1000;
          this.#later(watched, kind, settings, periodMs - (performance.now() - begun));
        });
      },
      Math.max(0, delayMs),
    );
    timer.unref();
    watched.timers.add(timer);
  }

  /** Whether there is to be a next time. */
  async #ask(watched: Watched, kind: ProbeKind, settings: ProbeSettings): Promise<boolean> {
    const { pod, counts } = watched;
    const { action, timeoutSeconds } = settings;
    const guest = this.guests.observe(pod.guestUid);
    // A guest that stands still is not ill: who paused it knows.
    const mute = guest?.state === 'paused' && (action.kind === 'ping' || action.kind === 'exec');
    if (!guest || mute || guest.state === 'starting') return true;
    const target = { uid: pod.guestUid, address: pod.address };
    const why = await probeGuest(this.guests, target, action, timeoutSeconds * 1000);
    if (this.#watched.get(pod.uid) !== watched) return false;
    // What ended meanwhile did not fall ill before.
    const state = this.guests.observe(pod.guestUid)?.state;
    if (state !== 'running' && state !== 'paused') return true;
    if (why !== undefined) this.failed(pod, kind, why);
    const before = counts[kind].well;
    counts[kind] = counted(counts[kind], why === undefined, settings);
    if (counts[kind].well !== before) this.turned(pod);
    // A guest that was found dead is ended; it needs no more asking.
    return kind === 'readiness' || counts.liveness.well;
  }
}
