/** Time, given from outside so that tests can hold it. */
export interface SandboxClock {
  now(): Date;
}

export interface SandboxLogger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}
