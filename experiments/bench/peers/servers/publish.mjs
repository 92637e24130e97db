/** Calls `publish` with a message of the wanted size at the wanted rate, on an absolute timetable. */
export function publishAtRate(publish) {
  const ratePerSecond = Number(process.env.RATE);
  const sizeBytes = Number(process.env.BYTES);
  const gapMs = 1000 / ratePerSecond;
  let sequence = 0;
  let nextMs = performance.now();
  const run = () => {
    while (nextMs <= performance.now()) {
      sequence += 1;
      const atMs = performance.timeOrigin + performance.now();
      const head = `{"type":"message","channel":"token.0","seq":${sequence},"publishedAtMs":${atMs},"data":"`;
      publish(`${head}${'x'.repeat(Math.max(0, sizeBytes - head.length - 2))}"}`, atMs);
      nextMs += gapMs;
    }
    setTimeout(run, Math.max(0, nextMs - performance.now()));
  };
  run();
}

/** Tells the benchmark where the server listens. */
export const listening = (port) => process.stdout.write(`listening ${port}\n`);
