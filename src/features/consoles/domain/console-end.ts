/** Why a session is over. */
export const END_REASONS = [
  'client-closed',
  'machine-closed',
  'machine-moved',
  'refused',
  'revoked',
  'right-gone',
  'taken-over',
  'idle',
  'too-long',
  'gateway-stopped',
  'gateway-gone',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** What the client's websocket is closed with: 4000 and above are ours (RFC 6455 section 7.4.2). */
export interface CloseFrame {
  code: number;
  /** At most 123 bytes of UTF-8. */
  text: string;
}

const FRAMES: Partial<Record<EndReason, CloseFrame>> = {
  'machine-closed': { code: 1000, text: 'The console of the machine has closed.' },
  'machine-moved': { code: 4412, text: 'The machine moved to another node. Connect again.' },
  revoked: { code: 4403, text: 'This console session was revoked.' },
  'right-gone': { code: 4403, text: 'The right to this console is gone.' },
  'taken-over': { code: 4409, text: 'Somebody else took this console over.' },
  idle: { code: 4408, text: 'Nothing was typed for too long.' },
  'too-long': { code: 4410, text: 'A console stays open no longer than this. Ask for a new session.' },
  'gateway-stopped': { code: 1001, text: 'Going away' },
};

export const closeFrame = (reason: EndReason): CloseFrame => FRAMES[reason] ?? { code: 1000, text: '' };
