/** What the room says to whoever runs it; a pino logger fits. Never given credentials or object bodies. */
export interface ClusterLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const SILENT_LOGGER: ClusterLogger = { debug() {}, info() {}, warn() {}, error() {} };
