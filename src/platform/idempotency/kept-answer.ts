import { Failure, type FailureKind, failureCatalogue } from '../../kernel/failure.js';

/** What is kept of an answer. A failure is kept as such, so that REST and GraphQL say it in their own way. */
export type KeptAnswer =
  | { status: number; headers: Record<string, string>; body: unknown; hasBody: boolean }
  | {
      failure: {
        code: string;
        message: string;
        hint?: string;
        errors?: Failure['errors'];
        details?: Failure['details'];
      };
    };

/**
 * Refusals that the same request would meet again whenever it came. A conflict, a missing thing or a missing right
 * may be over in a moment, and is asked again.
 */
const LASTING: ReadonlySet<FailureKind> = new Set([
  'invalid',
  'unprocessable',
  'unsupported',
  'unsupported_media_type',
]);

export function isLasting(error: unknown): error is Failure {
  return error instanceof Failure && LASTING.has(error.kind);
}

export function keepFailure({ code, message, hint, errors, details }: Failure): string {
  return JSON.stringify({ failure: { code, message, hint, errors, details } } satisfies KeptAnswer);
}

export function failureOf({ failure }: Extract<KeptAnswer, { failure: unknown }>): Failure {
  const definition = failureCatalogue().find(({ code }) => code === failure.code);
  if (!definition) throw new Error(`The failure ${failure.code} was kept, but is not known here.`);
  return new Failure(definition, failure.message, failure);
}
