import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { ConsoleAddresses } from './api/console-addresses.js';
import { ConsolePagesController } from './api/console-pages.controller.js';
import { ConsoleSessionsController } from './api/console-sessions.controller.js';
import { ConsoleSocket } from './api/console-socket.js';
import { ConsolesResolver } from './api/consoles.resolver.js';
import { ListConsoleSessions } from './api/list-console-sessions.js';
import { ConnectConsole } from './commands/connect-console.js';
import { ConsoleAuthority } from './commands/console-authority.js';
import { OpenConsoleSession } from './commands/open-console-session.js';
import { RevokeConsoleSession } from './commands/revoke-console-session.js';
import { ConsoleSessions } from './data/console-sessions.js';
import { OpenConsoles } from './data/open-consoles.js';

/** Consoles of virtual machines: tickets, their page and their websocket. */
@Module({
  imports: [AccessModule, VirtualMachinesModule],
  controllers: [ConsoleSessionsController, ConsolePagesController],
  providers: [
    ConsoleSessions,
    OpenConsoles,
    OpenConsoleSession,
    RevokeConsoleSession,
    ConsoleAuthority,
    ConnectConsole,
    ListConsoleSessions,
    ConsoleAddresses,
    ConsoleSocket,
    ConsolesResolver,
  ],
})
export class ConsolesModule {}
