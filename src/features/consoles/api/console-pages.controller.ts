import { readFile } from 'node:fs/promises';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { routeNotFound } from '../../../kernel/failures.js';
import { Public } from '../../../platform/access/requires.js';
import { ConsoleSessions } from '../data/console-sessions.js';
import { consoleTicketInvalid } from '../domain/console-failures.js';
import { hashTicket, isTicket } from '../domain/console-ticket.js';
import { own, PAGE_FILES } from './page-files.js';

const PAGES = { serial: 'console.html', vnc: 'screen.html', 'port-forward': null };

/** xterm.js writes style elements; scripts come from files only. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'";

/** The console in a browser. Looking at the page does not use the ticket up; its websocket does. */
@ApiExcludeController()
@Controller('console')
export class ConsolePagesController {
  constructor(private readonly sessions: ConsoleSessions) {}

  @Get(':ticket')
  @Public()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', POLICY)
  async page(@Param('ticket') ticket: string): Promise<Buffer> {
    const session = isTicket(ticket) ? await this.sessions.byTicket(hashTicket(ticket)) : undefined;
    const page = session ? PAGES[session.type] : null;
    if (page === null) throw consoleTicketInvalid();
    return readFile(own(page));
  }

  @Get('assets/*')
  @Public()
  async asset(@Param('*') name: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const asset = PAGE_FILES.get(name);
    if (!asset) throw routeNotFound();
    reply.headers({ 'content-type': asset.type, 'cache-control': 'public, max-age=3600' });
    return readFile(asset.file);
  }
}
