/** Where the parts of uploads are kept until they are whole. Several gateways need the same directory. */
export class StagingPlace {
  constructor(
    /** Absolute; made when it is first needed. */
    readonly directory: string,
    /** How long a client may be silent before what it sent is thrown away, in milliseconds. */
    readonly keepMs: number,
  ) {}
}
