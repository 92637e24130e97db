import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NatsProcess, natsIsInstalled } from '../../server/bus/nats-process.ts';
import { loadProfiles } from '../profiles.ts';
import { codeVersion } from './code-version.ts';
import { parseAxis } from './design.ts';
import { planSweep, type SweepPlan } from './plan.ts';
import { ackWaitMsLeast, onQueue, workOnQueue } from './point-queue.ts';
import type { PointJob } from './point.ts';
import { onThreads, type RunPoints, runSweep } from './run-sweep.ts';
import { SweepFolder } from './sweep-folder.ts';

const installed = natsIsInstalled();
if (!installed && process.env['CI'] === 'true')
  throw new Error('nats-server is not installed: the tests of sweeps through NATS cannot run');

const main = new URL('../cli/main.ts', import.meta.url).pathname;
const target = new URL('../scenarios/e2-standard-2-12k.yaml', import.meta.url).pathname;
const code = codeVersion();

const plan = (vary: string, seconds: number, version = code): SweepPlan =>
  planSweep({
    file: target,
    overrides: [`workload.durationSeconds=${seconds}`, 'workload.warmUpSeconds=1'],
    design: { kind: 'grid', axes: [parseAxis(vary)] },
    exact: false,
    profiles: loadProfiles(),
    code: version,
  });

describe.skipIf(!installed)('a sweep through NATS', () => {
  let nats: NatsProcess;
  let root = '';
  const workers: ChildProcess[] = [];
  beforeAll(async () => {
    nats = await NatsProcess.start();
  });
  afterAll(() => nats.stop());
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fanout-queue-'));
  });
  afterEach(() => {
    for (const child of workers.splice(0)) child.kill('SIGKILL');
    rmSync(root, { recursive: true });
  });

  const run = async (asked: SweepPlan, name: string, how: RunPoints, notes: string[] = []) =>
    runSweep(asked, SweepFolder.open(join(root, name), asked.manifest, false), {
      run: how,
      progress: { write: (text: string) => notes.push(text) },
      signal: new AbortController().signal,
    });
  const queue = ({ manifest }: SweepPlan, fresh = false): RunPoints =>
    onQueue({ url: nats.url, manifest, fresh, ackWaitMs: ackWaitMsLeast });
  const filesOf = (name: string): Record<string, string> =>
    Object.fromEntries(
      readdirSync(join(root, name)).map((file) => [file, readFileSync(join(root, name, file), 'utf8')]),
    );
  const startWorker = (): ChildProcess => {
    const child = spawn(process.execPath, [main, 'worker', '--nats', nats.url, '--jobs', '1'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    workers.push(child);
    return child;
  };
  const says = (child: ChildProcess, text: string): Promise<void> =>
    new Promise((resolve) => {
      if (child.stderr === null) return;
      createInterface({ input: child.stderr }).on('line', (line) => {
        if (line.includes(text)) resolve();
      });
    });

  it('gives the bytes of a sweep on threads when one of two workers is killed in the middle', async () => {
    const asked = plan('workload.connections=100..1500:100', 5);
    await run(asked, 'threads', onThreads(2));
    const children = [startWorker(), startWorker()];
    await Promise.all(children.map((child) => says(child, 'taking points')));
    const [killed] = children;
    let done = 0;
    const through = queue(asked);
    await run(asked, 'queue', (jobs, sink, signal) =>
      through(
        jobs,
        {
          ...sink,
          onDone: (line, job) => {
            done += 1;
            if (done === 4) killed.kill('SIGKILL');
            sink.onDone(line, job);
          },
        },
        signal,
      ),
    );
    expect(killed.killed).toBe(true);
    expect(done).toBeGreaterThanOrEqual(15);
    expect(filesOf('queue')).toEqual(filesOf('threads'));
  }, 30_000);

  it('takes over what was done while no sweep was there, and asks for no point twice', async () => {
    const asked = plan('workload.connections=10,20,30,40', 2);
    const stop = new AbortController();
    const stopped = run(asked, 'a', async (jobs, sink, signal) => {
      const through = queue(asked);
      const both = AbortSignal.any([signal, stop.signal]);
      await through(jobs, { ...sink, onDone: () => stop.abort() }, both);
    });
    const end = new AbortController();
    const taken: number[] = [];
    const worker = workOnQueue({
      url: nats.url,
      threads: 1,
      code,
      anyCode: false,
      idleMs: null,
      signal: end.signal,
      onPoint: (index) => {
        taken.push(index);
        if (taken.length === 4) end.abort();
      },
    });
    await stopped;
    // The worker goes on alone.
    await worker;
    expect(taken.sort()).toEqual([0, 1, 2, 3]);
    const { rows } = await run(asked, 'b', queue(asked));
    expect(rows).toHaveLength(4);
  }, 30_000);

  it('goes on when the message server was killed and came back', async () => {
    const asked = plan('workload.connections=10..60:10', 2);
    const end = new AbortController();
    const options = { url: nats.url, threads: 1, code, anyCode: false, idleMs: null, onPoint: (): void => {} };
    const worker = workOnQueue({ ...options, signal: end.signal });
    let restarted: Promise<void> | null = null;
    const through = queue(asked);
    const { rows } = await run(asked, 'd', (jobs, sink, signal) => {
      const onDone = (line: string, job: PointJob): void => {
        if (job.index === 1) restarted ??= nats.kill().then(() => nats.run());
        sink.onDone(line, job);
      };
      return through(jobs, { ...sink, onDone }, signal);
    });
    await restarted;
    expect(rows).toHaveLength(6);
    end.abort();
    await worker;
  }, 60_000);

  it('refuses points of other code, which go back to the queue; a worker of that code takes them', async () => {
    const other = { commit: 'abc1234', sha256: 'f'.repeat(64) };
    const asked = plan('workload.connections=10,20', 2, other);
    const sweep = run(asked, 'c', queue(asked));
    const options = { url: nats.url, threads: 1, anyCode: false, idleMs: null, onPoint: (): void => {} };
    const stop = new AbortController();
    await expect(workOnQueue({ ...options, code, signal: stop.signal })).rejects.toThrow(
      /the sweep runs commit abc1234, this worker commit .*--any-code/,
    );
    const worker = workOnQueue({ ...options, code: other, signal: stop.signal });
    expect((await sweep).rows).toHaveLength(2);
    stop.abort();
    await worker;
  }, 30_000);

  it('says which server does not answer, without the password in its URL', async () => {
    const options = { threads: 1, code, anyCode: false, idleMs: 1, onPoint: (): void => {} };
    const { signal } = new AbortController();
    const refused = workOnQueue({ ...options, url: 'nats://user:secret@127.0.0.1:1', signal });
    await expect(refused).rejects.toThrow('--nats nats://127.0.0.1:1: no NATS server answers there');
  });
});
