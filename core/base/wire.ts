/** TCP payload of one packet: 1,500 B less 20 IP and 32 TCP with timestamps. */
const packetPayloadBytes = 1_448;
/** Per packet: 20 IP + 32 TCP + 38 Ethernet with preamble and gap (relation "wire-bytes"). */
const packetOverheadBytes = 90;

/** Header of a server-to-client WebSocket frame, which has no mask (RFC 6455 5.2). */
export function frameHeaderBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 65_536 ? 4 : 10;
}

/**
 * Bytes that a socket write puts on the wire: payload, a header for each frame, and headers for each packet that the write
 * fills or begins. Acknowledgements travel the other way and don't count.
 * @param payloadBytes of all frames of the write together; their mean decides the header's length
 */
export function wireBytes(payloadBytes: number, frames: number): number {
  const streamBytes = payloadBytes + frames * frameHeaderBytes(payloadBytes / frames);
  return streamBytes + Math.ceil(streamBytes / packetPayloadBytes) * packetOverheadBytes;
}
