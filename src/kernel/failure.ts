/**
 * A failure is a value: what went wrong, in words for a person and in a code for a program.
 * One mapper turns it into RFC 9457 `application/problem+json` and into GraphQL `extensions`.
 */
export type FailureKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'precondition_failed'
  | 'too_large'
  | 'unsupported_media_type'
  | 'unprocessable'
  | 'rate_limited'
  | 'unsupported'
  | 'timeout'
  | 'unavailable'
  | 'internal';

/** One field that was refused; `pointer` is a JSON pointer into the request body (RFC 6901). */
export interface FieldError {
  pointer: string;
  code: string;
  message: string;
}

export interface FailureDetails {
  /** What the caller can do about it. */
  hint?: string;
  errors?: FieldError[];
  /** Facts for programs, without secrets. */
  details?: Record<string, unknown>;
  /** Seconds after which the same request may succeed (`Retry-After`). */
  retryAfter?: number;
  cause?: unknown;
}

export class Failure extends Error {
  readonly hint?: string;
  readonly errors?: FieldError[];
  readonly details?: Record<string, unknown>;
  readonly retryAfter?: number;

  constructor(
    readonly definition: FailureDefinition,
    message: string,
    more: FailureDetails = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'Failure';
    this.hint = more.hint ?? definition.hint;
    this.errors = more.errors;
    this.details = more.details;
    this.retryAfter = more.retryAfter;
  }

  get code(): string {
    return this.definition.code;
  }

  get kind(): FailureKind {
    return this.definition.kind;
  }
}

export interface FailureDefinition {
  /** `noun.reason`, lower snake case. Part of the contract: never renamed. */
  code: string;
  kind: FailureKind;
  /** Short and the same for every occurrence (RFC 9457 `title`). */
  title: string;
  hint?: string;
}

export interface FailureFactory {
  (message?: string, more?: FailureDetails): Failure;
  readonly definition: FailureDefinition;
}

const catalogue = new Map<string, FailureDefinition>();

/**
 * Declares a failure beside the domain that raises it, and enters it in the closed catalogue.
 * A code declared twice is a programming error and throws at load time.
 */
export function defineFailure(code: string, kind: FailureKind, title: string, hint?: string): FailureFactory {
  const known = catalogue.get(code);
  if (known) throw new Error(`Failure code "${code}" is defined twice.`);
  const definition: FailureDefinition = { code, kind, title, hint };
  catalogue.set(code, definition);
  const factory = (message: string = title, more: FailureDetails = {}) =>
    new Failure(definition, message, more);
  return Object.assign(factory, { definition });
}

/** Every code that has been declared so far, sorted. */
export function failureCatalogue(): FailureDefinition[] {
  return [...catalogue.values()].sort((a, b) => a.code.localeCompare(b.code));
}

/** The form in which a failure is kept on an operation and shown to its owner. */
export interface FailureRecord {
  code: string;
  message: string;
  hint: string | null;
}

export function toFailureRecord(failure: Failure): FailureRecord {
  return { code: failure.code, message: failure.message, hint: failure.hint ?? null };
}
