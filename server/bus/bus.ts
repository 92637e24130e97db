import type { Intake, StreamCounters, StreamDelivery } from '#core';

/** A published message on its way to the shards. */
export interface BusMessage {
  readonly channel: string;
  /** The published payload, JSON text. */
  readonly dataJson: string;
  /** Milliseconds since 1970 on the publisher's clock. */
  readonly publishedAtMs: number;
  /** The frame for the clients, built at the first hand-over. */
  frame: { readonly bytes: Uint8Array; readonly payloadBytes: number } | null;
}

export type Delivery = StreamDelivery<BusMessage>;

/** Where messages come from: the embedded stream, or a message server. It feeds the intake as its demand allows. */
export interface Bus {
  /** Identity of the stream whose sequences the messages carry. */
  readonly epoch: string;
  readonly connected: boolean;
  readonly counters: StreamCounters;
  /** Begins to feed the intake. */
  start(intake: Intake<Delivery>): void;
  acknowledge(delivery: Delivery): void;
  negativeAcknowledge(delivery: Delivery, delayNs: number): void;
  /** Demand may have risen: credits came back, or a pause ended. */
  demandChanged(): void;
  stop(): void;
}
