import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { routeNotFound } from '../../../kernel/failures.js';
import { Public } from '../../../platform/access/requires.js';
import { consoleTicketInvalid } from '../domain/console-failures.js';
import { isTicket } from '../domain/console-ticket.js';

const require = createRequire(import.meta.url);
const own = (file: string) => new URL(`./assets/${file}`, import.meta.url);

/** What the page loads, and nothing else of this machine's files. */
const ASSETS: Record<string, { file: string | URL; type: string }> = {
  'console.js': { file: own('console.js'), type: 'text/javascript; charset=utf-8' },
  'console.css': { file: own('console.css'), type: 'text/css; charset=utf-8' },
  'xterm.js': { file: require.resolve('@xterm/xterm/lib/xterm.js'), type: 'text/javascript; charset=utf-8' },
  'xterm.css': { file: require.resolve('@xterm/xterm/css/xterm.css'), type: 'text/css; charset=utf-8' },
  'addon-fit.js': {
    file: require.resolve('@xterm/addon-fit/lib/addon-fit.js'),
    type: 'text/javascript; charset=utf-8',
  },
};

/** xterm.js writes style elements; scripts come from files only. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'";

/** The console in a browser. Looking at the page does not use the ticket up; its websocket does. */
@ApiExcludeController()
@Controller('console')
export class ConsolePagesController {
  @Get(':ticket')
  @Public()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', POLICY)
  page(@Param('ticket') ticket: string): Promise<Buffer> {
    if (!isTicket(ticket)) throw consoleTicketInvalid();
    return readFile(own('console.html'));
  }

  @Get('assets/:name')
  @Public()
  async asset(@Param('name') name: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (!asset) throw routeNotFound();
    reply.headers({ 'content-type': asset.type, 'cache-control': 'public, max-age=3600' });
    return readFile(asset.file);
  }
}
