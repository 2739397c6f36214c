/** What this room tells its surroundings; pino's shape the other way round is one lambda away. */
export interface NodeLogger {
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
}

export const silentLogger: NodeLogger = { info: () => undefined, warn: () => undefined };
