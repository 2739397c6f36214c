export class ImportLimits {
  /** How long an import may stand still, in milliseconds. */
  constructor(readonly stallMs: number) {}
}
