import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import { currentContext } from '../context/request-context.js';
import { redact } from './redaction.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * Nest's logger, as one JSON object a line: `time, level, msg, context`, `requestId` where there is a request or a
 * job behind it, `err` with its stack. Secrets are masked by the names of their fields and by the look of tokens.
 */
export class JsonLogger implements LoggerService {
  readonly #pino: Logger;

  constructor(
    options: { level?: LogLevel; destination?: DestinationStream; base?: Record<string, unknown> } = {},
  ) {
    this.#pino = pino(
      {
        level: options.level ?? 'info',
        base: options.base ?? {},
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        // Errors come here written out and redacted already.
        serializers: { err: (error) => error },
        mixin: () => {
          const requestId = currentContext()?.requestId;
          return requestId === undefined ? {} : { requestId };
        },
      },
      options.destination ?? pino.destination({ sync: false }),
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  /** Writes out what is still in memory; call it last. */
  flush(): void {
    this.#pino.flush();
  }

  /** Nest appends the context's name to every call, and a stack before it to errors. */
  #write(level: 'debug' | 'info' | 'warn' | 'error' | 'fatal', message: unknown, rest: unknown[]): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    const context = typeof rest.at(-1) === 'string' ? rest.at(-1) : undefined;
    const facts = context === undefined ? rest : rest.slice(0, -1);
    const line: Record<string, unknown> = context === undefined ? {} : { context };
    for (const fact of facts) {
      if (typeof fact === 'string') line.stack = redact(fact);
      else if (fact instanceof Error) line.err = redact(fact);
      else if (typeof fact === 'object' && fact !== null) Object.assign(line, redact(fact));
    }
    if (message instanceof Error) {
      this.#pino[level]({ ...line, err: redact(message) }, String(redact(message.message)));
    } else if (typeof message === 'object' && message !== null) {
      this.#pino[level]({ ...line, ...(redact(message) as object) });
    } else this.#pino[level](line, String(redact(String(message))));
  }
}
