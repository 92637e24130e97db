import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import type { RunReport } from '#core';

/** Where and when a report was made; beside the body, which is the same for every predicted run of one commit. */
export function provenance(kind: 'predicted' | 'measured'): RunReport['provenance'] {
  return {
    kind,
    commit: commitOf(),
    date: new Date().toISOString(),
    host: hostOf(),
    runtime: `node ${process.version}${kind === 'measured' ? socketLimits() : ''}`,
  };
}

/** Kind of machine, without its name. */
export function hostOf(): string {
  const processors = cpus();
  return `${processors.length} x ${processors[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()}`;
}

/** What the kernel keeps for a client that does not read: least, usual and most bytes of a socket's send buffer. */
function socketLimits(): string {
  try {
    return `, tcp_wmem ${readFileSync('/proc/sys/net/ipv4/tcp_wmem', 'utf8').trim().split(/\s+/).join(' ')}`;
  } catch {
    return '';
  }
}

/** The short hash of what is checked out; empty outside a repository. */
export function commitOf(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
