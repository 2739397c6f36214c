export interface StatusCause {
  reason?: string;
  message: string;
  field?: string;
}

/** A refusal in Kubernetes' own form: thrown anywhere below the wire, sent as a `Status` by it. */
export class StatusError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string | undefined,
    message: string,
    readonly details?: {
      name?: string;
      group?: string;
      kind?: string;
      causes?: StatusCause[];
      retryAfterSeconds?: number;
    },
  ) {
    super(message);
    this.name = 'StatusError';
  }
}
