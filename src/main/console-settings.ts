import { ConsoleLimits, portRange } from '../features/consoles/domain/console-limits.js';
import type { Settings } from './config/settings.js';

/** How long consoles stay open, and what they reach. */
export const consoleLimits = (settings: Settings): ConsoleLimits =>
  new ConsoleLimits(
    settings.CONSOLE_IDLE_SECONDS * 1000,
    settings.CONSOLE_MAX_SECONDS * 1000,
    settings.PORT_FORWARD_PORTS.flatMap((text) => portRange(text) ?? []),
    settings.CONSOLES_ON_WEAK_KUBEVIRT === 'allow',
  );
