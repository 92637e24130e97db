import type { Duplex } from 'node:stream';

/** What a peer may still send after its last answer, so that a reset does not overtake the answer. */
const lingerMs = 250;
/** A peer that does not take its last answer is cut off after this time. */
const answerTimeoutMs = 2_000;

/**
 * Sends a last answer and ends the socket for good: soon after the answer has left, at the latest after a deadline,
 * whatever the peer does. What it still sends is thrown away.
 */
export function endWith(socket: Duplex, answer: string): void {
  if (socket.destroyed) return;
  const destroy = (): void => {
    socket.destroy();
  };
  const deadline = setTimeout(destroy, answerTimeoutMs);
  let linger: NodeJS.Timeout | undefined;
  socket.on('error', destroy);
  socket.once('end', destroy);
  socket.once('finish', () => {
    linger = setTimeout(destroy, lingerMs);
  });
  socket.once('close', () => {
    clearTimeout(deadline);
    clearTimeout(linger);
  });
  if (socket.writable) socket.end(answer);
  else destroy();
  socket.resume();
}
