import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Settings } from '#core';

type Level = Settings['logLevel'];
const standardError = 2;

/** One line per event on stderr, JSON or text for a person (R28, R29, R88). The only file that knows the logger. */
export class Log {
  #logger: Logger;

  constructor(settings: Pick<Settings, 'logLevel' | 'logFormat' | 'environment'>) {
    const { logLevel, logFormat, environment } = settings;
    // Written at once: what a server says before it dies must not be lost.
    const destination =
      logFormat === 'json'
        ? pino.destination({ dest: standardError, sync: true })
        : pretty({
            destination: standardError,
            sync: true,
            messageKey: 'event',
            ignore: 'environment',
            colorize: false,
          });
    this.#logger = pino(
      {
        level: logLevel,
        base: { environment },
        messageKey: 'event',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      destination,
    );
  }

  write(level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#logger[level](fields, event);
  }
}
