import { JsonLogger, type LogLevel } from '../platform/observability/json-logger.js';

/** The form in which rooms below Nest log: facts first. */
export interface FactLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What Nest says of its own start: some hundred lines that nobody who runs virtgate needs. */
const STARTING = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'GraphQLModule',
]);

class QuietStart extends JsonLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (STARTING.has(String(rest.at(-1)))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}

/** One JSON logger for a role, for Nest and for what lies below it. */
export function factLogger(role: string, level: string) {
  const nest = new QuietStart({ level: level as LogLevel, base: { role } });
  const logger: FactLogger = {
    debug: (fields, message) => nest.debug(message, fields),
    info: (fields, message) => nest.log(message, fields),
    warn: (fields, message) => nest.warn(message, fields),
    error: (fields, message) => nest.error(message, fields),
  };
  return { nest, logger, flush: () => nest.flush() };
}
