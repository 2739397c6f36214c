import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import type { FoundOperation } from '../data/operation-reader.js';
import { type OperationChange, OperationChanges } from '../operation-changes.js';
import { OperationAccess } from './operation-access.js';

/** A stream on which nothing happens ends this long after the right to it. */
const RECHECK_MS = 10_000;

@Injectable()
export class OperationStream {
  constructor(
    private readonly changes: OperationChanges,
    private readonly access: OperationAccess,
  ) {}

  /** Every change after a version; the right to see it is asked again at each and now and then, and without it the stream ends. */
  async *open(
    principal: Principal,
    found: FoundOperation,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<OperationChange> {
    const gone = new AbortController();
    const recheck = setInterval(() => {
      // A directory that does not answer is no reason to end what was allowed.
      const sees = this.access.stillSees(principal, found).catch(() => true);
      void sees.then((still) => still || gone.abort());
    }, RECHECK_MS);
    try {
      const until = AbortSignal.any([signal, gone.signal]);
      for await (const change of this.changes.follow(found.view.id, after, until)) {
        if (!(await this.access.stillSees(principal, found))) return;
        yield change;
      }
    } finally {
      clearInterval(recheck);
    }
  }
}
