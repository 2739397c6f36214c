export type ConsoleType = 'serial';

/** What is known of a console session after it was made; the ticket is not. Times are RFC 3339. */
export interface ConsoleSession {
  id: string;
  type: ConsoleType;
  virtualMachine: string;
  requestedBy: { type: string; id: string; name: string };
  createdAt: string;
  /** Until when the ticket can connect. */
  expiresAt: string;
  connectedAt: string | null;
  closedAt: string | null;
  revokedAt: string | null;
}

/** What the maker of a session gets, once. */
export interface NewConsoleSession {
  id: string;
  type: ConsoleType;
  ticket: string;
  websocketUrl: string;
  pageUrl: string;
  expiresAt: string;
}
