import { type ArgumentMetadata, Injectable, type PipeTransform, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import type { FieldError } from '../../kernel/failure.js';
import { requestInvalid } from '../../kernel/failures.js';
import { inheritedFields } from './inherited-fields.js';
import { RememberedArguments } from './remembered-arguments.js';

/** What has nothing to validate. */
const UNCHECKED: ReadonlySet<unknown> = new Set([String, Boolean, Number, Array, Object, undefined]);

/**
 * Validates what DTO classes describe: unknown fields are refused, types are taken as sent (a DTO that wants a
 * number from a query string says so with `@Type`). GraphQL's `input` loses the two fields that the idempotency
 * layer has already taken care of, so that one DTO class serves REST and GraphQL.
 */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  readonly #pipes = new Map<string, ValidationPipe>();
  readonly #remembered = new RememberedArguments();

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    if (metadata.type === 'custom' || UNCHECKED.has(metadata.metatype)) return value;
    const root = metadata.data === undefined ? '' : `/${metadata.data}`;
    let subject = value;
    if (metadata.type === 'body') {
      const whole = metadata.data === undefined || metadata.data === 'input';
      if (whole) subject ??= {};
      else if (subject === undefined || subject === null) return subject;
      if (typeof subject !== 'object' || Array.isArray(subject)) throw notAnObject(root);
      if (metadata.data === 'input') {
        const { idempotencyKey: _key, dryRun: _dryRun, ...rest } = subject as Record<string, unknown>;
        subject = rest;
      }
    }
    const validate = async () => {
      const made: unknown = await this.#pipe(root).transform(plain(subject), metadata);
      const [inherited] = inheritedFields(subject, made, root);
      if (inherited !== undefined) throw unknownField(inherited);
      return made;
    };
    return metadata.metatype ? this.#remembered.validated(metadata.metatype, subject, validate) : validate();
  }

  /** One per root: a handful, named by the handlers' own signatures. */
  #pipe(root: string): ValidationPipe {
    const known = this.#pipes.get(root);
    if (known) return known;
    const pipe = new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: false,
      transform: true,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) => invalid(errors, root),
    });
    this.#pipes.set(root, pipe);
    return pipe;
  }
}

/** graphql-js makes input objects without a prototype; class-transformer wants ordinary ones. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}

const notAnObject = (pointer: string) =>
  requestInvalid('The body must be a JSON object.', {
    errors: [{ pointer, code: 'is_object', message: 'must be an object' }],
  });

const UNKNOWN_FIELD = { code: 'unknown_field', message: 'there is no such field' };

const unknownField = (pointer: string) =>
  requestInvalid(`${pointer}: ${UNKNOWN_FIELD.message}`, { errors: [{ pointer, ...UNKNOWN_FIELD }] });

function invalid(errors: ValidationError[], root: string) {
  const fields = errors.flatMap((error) => flatten(error, root));
  const [first] = fields;
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : '';
  const detail = first ? `${first.pointer || 'The request'}: ${first.message}${more}` : undefined;
  return requestInvalid(detail, { errors: fields });
}

function flatten(error: ValidationError, parent: string): FieldError[] {
  // RFC 6901 §3: "~" and "/" of a key are escaped in a pointer.
  const pointer = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) =>
    rule === 'whitelistValidation'
      ? { pointer, ...UNKNOWN_FIELD }
      : { pointer, code: snake(rule), message: withoutName(message, error.property) },
  );
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, pointer))];
}

const snake = (rule: string): string => rule.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** class-validator begins its sentences with the property, which the pointer already says. */
const withoutName = (message: string, property: string): string =>
  message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
