import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HttpOptions } from '../../../platform/http/http-options.js';
import { publicUrl } from '../../../platform/http/public-url.js';
import type { IssuedTicket } from '../commands/open-console-session.js';
import type { NewConsoleSession } from '../domain/console-session.js';

/** Where a ticket is used. */
@Injectable()
export class ConsoleAddresses {
  constructor(
    private readonly options: HttpOptions,
    private readonly host: HttpAdapterHost,
  ) {}

  of({ id, type, port, ticket, expiresAt }: IssuedTicket): NewConsoleSession {
    const url = publicUrl(this.options, this.host.httpAdapter.getHttpServer());
    return {
      id,
      type,
      port,
      ticket,
      websocketUrl: `${url.replace(/^http/, 'ws')}/api/v1/consoles/${ticket}`,
      pageUrl: type === 'port-forward' ? null : `${url}/console/${ticket}`,
      expiresAt: expiresAt.toISOString(),
    };
  }
}
