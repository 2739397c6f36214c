import { JsonLogger, type LogLevel } from '../platform/observability/json-logger.js';

/** The form in which rooms below Nest log: facts first. */
export interface FactLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** One JSON logger for a role, for Nest and for what lies below it. */
export function factLogger(role: string, level: string) {
  const nest = new JsonLogger({ level: level as LogLevel, base: { role } });
  const logger: FactLogger = {
    debug: (fields, message) => nest.debug(message, fields),
    info: (fields, message) => nest.log(message, fields),
    warn: (fields, message) => nest.warn(message, fields),
    error: (fields, message) => nest.error(message, fields),
  };
  return { nest, logger, flush: () => nest.flush() };
}
