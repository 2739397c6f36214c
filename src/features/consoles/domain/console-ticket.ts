import { createHash, randomBytes } from 'node:crypto';

/** How long a ticket waits for its one connection. */
export const TICKET_LIFETIME_SECONDS = 60;

const TICKET = /^[A-Za-z0-9_-]{43}$/;

/** 256 random bits: good for one connection, and known to nobody but whoever asked for it. */
export function newTicket(): string {
  return randomBytes(32).toString('base64url');
}

export function isTicket(text: string): boolean {
  return TICKET.test(text);
}

/** What is kept of a ticket. */
export function hashTicket(ticket: string): Buffer {
  return createHash('sha256').update(ticket).digest();
}
