import { NatsError } from 'nats';
import { redacted } from '#core';

/** The bus cannot be used as it is, and waiting would not help; the message says why and what to do. */
export class BusError extends Error {
  override readonly name = 'BusError';

  constructor(message: string) {
    super(redacted(message));
  }
}

/** The text of an error, without secrets; nats-server's own description where there is one. */
export function messageOf(error: unknown): string {
  if (error instanceof NatsError && error.api_error !== undefined) return redacted(error.api_error.description);
  return redacted(error instanceof Error ? error.message : String(error));
}

const notFound = '404';

export function nullWhenNotFound(error: unknown): null {
  if (error instanceof NatsError && (error.code === notFound || error.api_error?.code === 404)) return null;
  throw error;
}

/** Answers of JetStream that a cluster which is starting gives, and that pass: no leader, no peers yet, not available. */
const passingApiErrors = new Set([10_004, 10_005, 10_008, 10_009]);
const passingCodes = new Set(['503', 'TIMEOUT', 'CONNECTION_CLOSED', 'DISCONNECT', 'CONNECTION_DRAINING']);

/** Whether the same request may succeed a moment later. */
export function mayPass(error: unknown): boolean {
  if (error instanceof BusError || !(error instanceof NatsError)) return false;
  if (error.api_error !== undefined) return passingApiErrors.has(error.api_error.err_code ?? 0);
  return passingCodes.has(error.code);
}
