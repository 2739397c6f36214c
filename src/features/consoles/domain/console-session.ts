import type { EndReason } from './console-end.js';

export const CONSOLE_TYPES = ['serial', 'vnc', 'port-forward'] as const;
export type ConsoleType = (typeof CONSOLE_TYPES)[number];

/** Its ticket waits; somebody is connected; over, or never used in time. */
export type ConsoleState = 'WAITING' | 'OPEN' | 'ENDED';

/** What is known of a console session after it was made; the ticket is not. Times are RFC 3339. */
export interface ConsoleSession {
  id: string;
  type: ConsoleType;
  /** Of a port-forward. */
  port: number | null;
  virtualMachine: string;
  state: ConsoleState;
  requestedBy: { type: string; id: string; name: string };
  /** Where the connection came from. */
  sourceAddress: string | null;
  createdAt: string;
  /** Until when the ticket can connect. */
  expiresAt: string;
  connectedAt: string | null;
  closedAt: string | null;
  revokedAt: string | null;
  endReason: EndReason | null;
  /** As of a few seconds ago, while it is open. */
  bytesToGuest: number;
  bytesFromGuest: number;
}

/** What the maker of a session gets, once. */
export interface NewConsoleSession {
  id: string;
  type: ConsoleType;
  port: number | null;
  ticket: string;
  websocketUrl: string;
  /** Null for a port-forward, which no page shows. */
  pageUrl: string | null;
  expiresAt: string;
}
