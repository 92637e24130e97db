import type { Settings } from '#core';

const levels = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/** Writes one line per event to stderr: JSON, or text for a person (R28, R29, R88). */
export class Log {
  #least: number;
  #format: Settings['logFormat'];
  #environment: string;

  constructor(settings: Pick<Settings, 'logLevel' | 'logFormat' | 'environment'>) {
    this.#least = levels.indexOf(settings.logLevel);
    this.#format = settings.logFormat;
    this.#environment = settings.environment;
  }

  write(level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (levels.indexOf(level) < this.#least) return;
    const time = new Date().toISOString();
    const line =
      this.#format === 'json'
        ? JSON.stringify({ time, level, environment: this.#environment, event, ...fields })
        : `${time} ${level} ${event} ${Object.entries(fields)
            .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
            .join(' ')}`;
    process.stderr.write(`${line}\n`);
  }
}
