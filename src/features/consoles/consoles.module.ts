import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { ConsoleAddresses } from './api/console-addresses.js';
import { ConsolePagesController } from './api/console-pages.controller.js';
import { ConsoleSessionsController } from './api/console-sessions.controller.js';
import { ConsoleSocket } from './api/console-socket.js';
import { ConsoleViewsController } from './api/console-views.controller.js';
import { ConsolesResolver, MachineConsolesResolver } from './api/consoles.resolver.js';
import { ListConsoleSessions } from './api/list-console-sessions.js';
import { LiveConsoles } from './api/live-consoles.js';
import { CloseConsole } from './commands/close-console.js';
import { ConnectConsole } from './commands/connect-console.js';
import { ConsoleAdmission } from './commands/console-admission.js';
import { ConsoleAuthority } from './commands/console-authority.js';
import { OpenConsoleSession } from './commands/open-console-session.js';
import { RevokeConsoleSession } from './commands/revoke-console-session.js';
import { ConsoleSessions } from './data/console-sessions.js';
import { GuestStreams } from './data/guest-streams.js';
import { OpenConsoles } from './data/open-consoles.js';
import { Screenshots } from './data/screenshots.js';
import { SerialLogReader } from './data/serial-log-reader.js';
import { ConsoleLimits } from './domain/console-limits.js';

/** Consoles of virtual machines: tickets, their pages and their websocket; pictures and logs of them. */
@Module({})
export class ConsolesModule {
  static forRoot(limits: ConsoleLimits): DynamicModule {
    return {
      module: ConsolesModule,
      imports: [AccessModule, VirtualMachinesModule],
      controllers: [ConsoleSessionsController, ConsoleViewsController, ConsolePagesController],
      providers: [
        { provide: ConsoleLimits, useValue: limits },
        ConsoleSessions,
        OpenConsoles,
        ConsoleAdmission,
        OpenConsoleSession,
        RevokeConsoleSession,
        ConsoleAuthority,
        GuestStreams,
        ConnectConsole,
        CloseConsole,
        LiveConsoles,
        ListConsoleSessions,
        ConsoleAddresses,
        ConsoleSocket,
        Screenshots,
        SerialLogReader,
        ConsolesResolver,
        MachineConsolesResolver,
      ],
    };
  }
}
