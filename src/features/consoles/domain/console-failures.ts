import { defineFailure } from '../../../kernel/failure.js';

export const consoleTicketInvalid = defineFailure(
  'console.ticket_invalid',
  'not_found',
  'The console ticket is not valid',
  'A ticket is good for one connection within a minute. Ask for a new console session.',
);

export const consoleNotAvailable = defineFailure(
  'console.not_available',
  'conflict',
  'The console cannot be opened now',
  'Start the virtual machine first.',
);

export const consoleSessionNotFound = defineFailure(
  'console.session_not_found',
  'not_found',
  'There is no such console session',
);
