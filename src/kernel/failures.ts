import { defineFailure } from './failure.js';

/** Failures that belong to no single room. Rooms declare their own in `domain/`. */
export const requestInvalid = defineFailure('request.invalid', 'invalid', 'The request is not valid');
export const requestMalformed = defineFailure('request.malformed', 'invalid', 'The request cannot be read');
export const requestTooLarge = defineFailure('request.too_large', 'too_large', 'The request is too large');
export const unsupportedMediaType = defineFailure(
  'request.unsupported_media_type',
  'unsupported_media_type',
  'The media type is not supported',
);
export const methodNotAllowed = defineFailure(
  'request.method_not_allowed',
  'method_not_allowed',
  'The method is not allowed',
);
export const routeNotFound = defineFailure(
  'request.route_not_found',
  'not_found',
  'There is nothing at this address',
);
export const preconditionFailed = defineFailure(
  'request.precondition_failed',
  'precondition_failed',
  'The resource has changed',
  'Read it again and repeat the change with its present ETag.',
);
export const cursorInvalid = defineFailure(
  'request.cursor_invalid',
  'invalid',
  'The cursor is not valid for this list',
  'Start again without a cursor; a cursor belongs to the list and the filter that it came from.',
);
export const unauthenticated = defineFailure(
  'auth.unauthenticated',
  'unauthenticated',
  'Authentication is required',
  'Send "Authorization: Bearer <token>" with a token that has not expired.',
);
export const forbidden = defineFailure('auth.forbidden', 'forbidden', 'The permission is missing');
export const notFound = defineFailure('resource.not_found', 'not_found', 'Not found');
export const unavailable = defineFailure(
  'service.unavailable',
  'unavailable',
  'The service is not available at the moment',
  'Try again in a few seconds; nothing that was accepted is lost.',
);
export const timedOut = defineFailure('service.timeout', 'timeout', 'The answer took too long');
export const internal = defineFailure('internal', 'internal', 'Something went wrong on our side');
