import type { ChildProcess } from 'node:child_process';

/** Sends a message to a forked server's embedded stream; `taken` once it has left this process, or never can. */
export function publishTo(
  child: ChildProcess,
  message: { readonly channel: string; readonly dataJson: string; readonly publishedAtMs: number },
  taken: () => void,
): void {
  if (child.connected) child.send({ kind: 'publish', ...message }, () => taken());
  else taken();
}
