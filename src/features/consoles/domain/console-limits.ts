import { hasWeakness, WEAKNESSES } from '../../../kernel/kubevirt-weaknesses.js';

/** From one port to another, both included. */
export interface PortRange {
  from: number;
  to: number;
}

/** What the platform allows of consoles. */
export class ConsoleLimits {
  constructor(
    readonly idleMs: number,
    readonly longestMs: number,
    /** What port-forward may reach; empty for every port. */
    readonly ports: readonly PortRange[],
    /** Whether a release with a known hole in its consoles is taken to be mended. */
    private readonly weakReleases: boolean = false,
  ) {}

  /** Whether terminals and screens are safe on that release of KubeVirt. */
  allowsRelease(kubevirt: string | null): boolean {
    return this.weakReleases || !hasWeakness(kubevirt, WEAKNESSES.consoleSockets);
  }

  /** Why a console must end by now; null while it may go on. All in milliseconds since the epoch. */
  overdue(openedAt: number, usedAt: number, now: number): 'too-long' | 'idle' | null {
    if (now - openedAt >= this.longestMs) return 'too-long';
    return now - usedAt >= this.idleMs ? 'idle' : null;
  }

  allowsPort(port: number): boolean {
    return this.ports.length === 0 || this.ports.some(({ from, to }) => port >= from && port <= to);
  }
}

/** Null for what is neither `22` nor `8000-8999`. */
export function portRange(text: string): PortRange | null {
  const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (first === undefined) return null;
  const [from, to] = [Number(first), Number(last ?? first)];
  return from >= 1 && to <= 65_535 && from <= to ? { from, to } : null;
}
