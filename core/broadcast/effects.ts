import type { CloseReason } from '../base/outcomes.ts';

/**
 * One encoded message or control frame. Core never looks inside: a server's frame holds a Buffer, a simulator's none.
 * `channel` and `sequence` serve conflation and gap notices; control frames have sequence 0.
 */
export interface Frame {
  /** Payload bytes of the frame without the WebSocket header, as the wire will carry them. */
  readonly sizeBytes: number;
  /** Stream sequence of the message. */
  readonly sequence: number;
  /** Channel name, shared string; '' for control frames. */
  readonly channel: string;
  /** When the message was published, on the driver's clock. */
  readonly publishedAtNs: number;
}

/**
 * What a shard asks of the world: plain synchronous calls that must not call back into the shard.
 *
 * `frames[0..count)` is the shard's scratch array: read it during the call, keep nothing of it.
 */
export interface ShardEffects<F extends Frame> {
  /**
   * Hands frames to the connection's socket in one write.
   * @param fresh how many frames, the last ones, are messages that were just broadcast: no control frames, no replays
   * @returns true when the socket takes more; false when it is full: the shard writes nothing more to this
   * connection until it is told `socketDrained`. The frames count as sent either way.
   */
  write(connection: number, frames: readonly F[], count: number, sizeBytes: number, fresh: number): boolean;
  /** Closes the connection; the driver later reports `connectionClosed` exactly once. */
  close(connection: number, reason: CloseReason): void;
  /** Encodes a control frame (welcome, subscribed, gap, pong, error) from its JSON text. */
  controlFrame(json: string): F;
}

/** What the intake asks of the world; the same rules as for `ShardEffects`. */
export interface IntakeEffects<M> {
  /** Puts the message into the inbox of a shard that has credit. */
  deliver(shard: number, message: M): void;
  /** Tells a shard whose inbox is full that it missed the message, so that it counts the drop and tells its clients. */
  missed(shard: number, message: M): void;
  /** Stops or resumes pulling from the bus. */
  setPaused(paused: boolean): void;
}
