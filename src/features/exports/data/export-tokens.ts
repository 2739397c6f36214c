import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { MasterKey } from '../../../platform/crypto/master-key.js';

/**
 * The tokens that export servers ask for: 32 bytes each, drawn from the installation's secret by HMAC. So nobody has
 * to read Secrets of tenants to know them again, and a step that is repeated makes the same one.
 */
@Injectable()
export class ExportTokens {
  readonly #key: Buffer;

  constructor(masterKey: MasterKey) {
    this.#key = masterKey.derive('export-token');
  }

  /** Bound to the place: what another namespace writes on its export cannot make virtgate show it ours. */
  of(namespace: string, name: string, operationId: string): string {
    return createHmac('sha256', this.#key)
      .update(`${namespace}\n${name}\n${operationId}`)
      .digest('base64url');
  }
}
