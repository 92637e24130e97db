import pino, { type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Settings } from '#core';
import { BoundedWriter, standardErrorSink } from './bounded-writer.ts';

type Level = Settings['logLevel'];

/** Failures that somebody has to mend: a closed reader is no fault of the server's. */
const faults = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG']);

let sink: ReturnType<typeof standardErrorSink> | null = null;

/**
 * One line per event on stderr, JSON or text for a person (R28, R29, R88). The only file that knows the logger. Nobody
 * waits for it: see `BoundedWriter`.
 */
export class Log {
  #logger: Logger;
  #writer: BoundedWriter;

  constructor(settings: Pick<Settings, 'logLevel' | 'logFormat' | 'environment'>) {
    const { logLevel, logFormat, environment } = settings;
    const format =
      logFormat === 'json'
        ? (line: string): string => line
        : prettyFactory({ messageKey: 'event', ignore: 'environment', colorize: false });
    sink ??= standardErrorSink();
    this.#writer = new BoundedWriter(sink, (lines) =>
      format(
        `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), environment, lines, event: 'log lines dropped' })}\n`,
      ),
    );
    this.#logger = pino(
      {
        level: logLevel,
        base: { environment },
        messageKey: 'event',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      { write: (line: string) => this.#writer.write(format(line)) },
    );
  }

  /** Lines that a slow reader cost, and lines that could not be written. */
  get dropped(): number {
    return this.#writer.dropped;
  }
  get failed(): number {
    return this.#writer.failed;
  }
  /** Why lines cannot be written now, where somebody has to mend it; null where they can. */
  get fault(): string | null {
    const { fault } = this.#writer;
    return fault !== null && faults.has(fault) ? fault : null;
  }

  write(level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#logger[level](fields, event);
  }

  /** Before the process ends: what is on its way is written, or the deadline passes. */
  flush(deadlineMs: number): Promise<void> {
    return this.#writer.flush(deadlineMs);
  }
}
