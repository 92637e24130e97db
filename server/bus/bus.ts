import type { Intake, LostRange, StreamCounters, StreamDelivery } from '#core';

/** A published message on its way to the shards. */
export interface BusMessage {
  readonly channel: string;
  /** The published payload as JSON text; or its base64, when `isBinary`. */
  readonly dataJson: string;
  /** The payload is no UTF-8 text. */
  readonly isBinary?: boolean;
  /** Milliseconds since 1970 on the publisher's clock. */
  readonly publishedAtMs: number;
  /** The frame for the clients, built at the first hand-over. */
  frame: { readonly bytes: Uint8Array; readonly payloadBytes: number } | null;
}

export type Delivery = StreamDelivery<BusMessage>;

/** A message that the stream still holds from before this server's time. */
export interface PastMessage {
  readonly sequence: number;
  readonly message: BusMessage;
}

/** What the stream held when the bus was opened, for the clients' recovery. */
export interface Past {
  /** Nothing is known of messages up to this sequence. */
  readonly unknownThrough: number;
  readonly messages: readonly PastMessage[];
}

/** What the bus tells its owner besides messages. */
export interface BusListener {
  /** The connection to the message server was lost, or is back. */
  connectionChanged(connected: boolean, reason: string): void;
  /** The stream was lost and made anew, or went back: its sequences begin again, after `beginsAfter`. */
  streamReplaced(epoch: string, beginsAfter: number): void;
  /** The intake took the message: the history is to have it. */
  messageTaken(delivery: Delivery): void;
  /** Messages of the stream that will never come. */
  messagesLost(range: LostRange): void;
  /** The stream holds messages up to this sequence, whether they have come or not. */
  streamReached(sequence: number): void;
  /** The bus cannot go on, and no waiting would help. */
  failed(error: Error): void;
}

/** Where messages come from: the embedded stream, or a message server. It feeds the intake as its demand allows. */
export interface Bus {
  /** Identity of the stream whose sequences the messages carry; known once the bus is open. */
  readonly epoch: string;
  readonly connected: boolean;
  readonly counters: StreamCounters;
  /** Connects, checks stream and consumer and reads the past. @throws Error saying what stands in the way */
  open(listener: BusListener): Promise<Past>;
  /** Begins to feed the intake. */
  start(intake: Intake<Delivery>): void;
  /** Demand may have risen: credits came back, or a pause ended. */
  demandChanged(): void;
  /** Takes no more messages; may be called before `open`. */
  stop(): Promise<void>;
}
