import { defineFailure } from '../../kernel/failure.js';

/** Failures of the GraphQL language itself; everything else has the codes of REST. */
export const parseFailed = defineFailure(
  'graphql.parse_failed',
  'invalid',
  'The document is not valid GraphQL',
);
export const validationFailed = defineFailure(
  'graphql.validation_failed',
  'invalid',
  'The document does not fit the schema',
);
export const tooComplex = defineFailure(
  'graphql.too_complex',
  'invalid',
  'The document asks for too much at once',
  'Ask for fewer fields or smaller pages, or split the document.',
);
export const requestNotGraphql = defineFailure(
  'graphql.bad_request',
  'invalid',
  'This is not a GraphQL request',
);
