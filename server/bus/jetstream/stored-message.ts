import type { Msg, StoredMsg } from 'nats';
import { nanosecondsPerMillisecond } from '#core';
import type { BusMessage, Delivery } from '../bus.ts';

/** A message may carry the time of its publishing, in milliseconds since 1970; else it is when the stream stored it. */
export const publishedAtHeader = 'Published-At-Ms';

/** What the reply subject of a delivery says (`$JS.ACK...`); nats-server's ADR-15 has both forms. */
export interface DeliveryInfo {
  readonly streamSequence: number;
  /** Counts this consumer's deliveries, redeliveries included, without holes. */
  readonly deliverySequence: number;
  /** 1 for the first. */
  readonly deliveryCount: number;
  readonly storedAtMs: number;
  /** Messages that the stream has beyond this one. */
  readonly pending: number;
}

/** @returns null when the message is no delivery of a consumer. */
export function deliveryInfoOf(reply: string | undefined): DeliveryInfo | null {
  if (reply === undefined || !reply.startsWith('$JS.ACK.')) return null;
  const tokens = reply.split('.');
  // The newer form has domain and account before the stream.
  const at = tokens.length >= 11 ? 6 : 4;
  return {
    deliveryCount: Number(tokens[at]),
    streamSequence: Number(tokens[at + 1]),
    deliverySequence: Number(tokens[at + 2]),
    storedAtMs: Number(tokens[at + 3]) / nanosecondsPerMillisecond,
    pending: Number(tokens[at + 4]),
  };
}

export const deliveryOf = (source: Msg, { streamSequence, deliveryCount, storedAtMs }: DeliveryInfo): Delivery =>
  deliveryFrom(
    busMessage(source.subject, source.data, source.headers?.get(publishedAtHeader), storedAtMs),
    streamSequence,
    source.data.length,
    deliveryCount,
  );

/** A message that was read by its sequence, because its delivery got lost. */
export const deliveryOfStored = (stored: StoredMsg): Delivery =>
  deliveryFrom(
    busMessage(stored.subject, stored.data, stored.header.get(publishedAtHeader), stored.time.getTime()),
    stored.seq,
    stored.data.length,
    2,
  );

const deliveryFrom = (message: BusMessage, sequence: number, sizeBytes: number, deliveryCount: number): Delivery => ({
  sequence,
  message,
  channel: message.channel,
  sizeBytes,
  publishedAtNs: 0,
  deliveryCount,
});

const text = new TextDecoder('utf-8', { fatal: true });

export function busMessage(
  subject: string,
  data: Uint8Array,
  publishedAtMs: string | undefined,
  storedAtMs: number,
): BusMessage {
  const atMs = Number(publishedAtMs);
  const json = jsonOf(data);
  return {
    channel: subject.slice(subject.indexOf('.') + 1),
    dataJson: json ?? Buffer.from(data).toString('base64'),
    isBinary: json === null,
    publishedAtMs: publishedAtMs !== undefined && publishedAtMs !== '' && Number.isFinite(atMs) ? atMs : storedAtMs,
    frame: null,
  };
}

/**
 * The payload goes into the clients' frames as it is, so it must be JSON; text that is not becomes a JSON string.
 * @returns null for what is no UTF-8 text
 */
function jsonOf(data: Uint8Array): string | null {
  let payload: string;
  try {
    payload = text.decode(data);
  } catch {
    return null;
  }
  try {
    JSON.parse(payload);
    return payload;
  } catch {
    return JSON.stringify(payload);
  }
}
