import { createHash, randomBytes } from 'node:crypto';

/** Seconds that a download link may wait for its one use. */
export const LONGEST_LINK_SECONDS = 15 * 60;

/** What begins like our tokens is masked wherever it would be logged, such as in an address. */
const PREFIX = 'vgt_dl_';
const TICKET = /^vgt_dl_[A-Za-z0-9_-]{43}$/;

/** 256 random bits, known to nobody but whoever asked for them. */
export const newTicket = (): string => PREFIX + randomBytes(32).toString('base64url');

export const isTicket = (text: string): boolean => TICKET.test(text);

/** What is kept of a ticket. */
export const hashTicket = (ticket: string): Buffer => createHash('sha256').update(ticket).digest();
