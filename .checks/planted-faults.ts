/** A small fault, planted in one place, and the test file that must fail with it. Long because it is a list. */
export interface PlantedFault {
  readonly what: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly foundBy: string;
}

const faultsOf = (
  file: string,
  foundBy: string,
  rows: readonly (readonly [what: string, find: string, replace: string])[],
): PlantedFault[] => rows.map(([what, find, replace]) => ({ what, file, find, replace, foundBy }));

const costs = 'sim/world/costs-and-physics.test.ts';

/** `npm run mutants` plants each; a quick test holds the list to the code. */
export const plantedFaults: readonly PlantedFault[] = [
  ...faultsOf('core/broadcast/rate-limiter.ts', 'core/broadcast/rate-limiter.test.ts', [
    [
      'a bucket that keeps filling',
      'Math.max(this.#theoreticalArrivalNs, nowNs) + this.#intervalNs;',
      'this.#theoreticalArrivalNs + this.#intervalNs;',
    ],
    ['a bucket one token too large', '(Math.max(1, burst) - 1) * this', 'Math.max(1, burst) * this'],
    ['a bucket without burst', '= (Math.max(1, burst) - 1) * this.#intervalNs;', '= 0;'],
  ]),
  ...faultsOf('core/broadcast/send-buffer.ts', 'core/broadcast/send-buffer.test.ts', [
    [
      'a slot too many',
      'this.#counts[connection] >= this.#slots || this.#bytes[connection] + size > this.#bytesMax) {\n      if',
      'this.#counts[connection] > this.#slots || this.#bytes[connection] + size > this.#bytesMax) {\n      if',
    ],
    ['queued messages not counted', '    this.#queued += 1;\n    if (size', '    if (size'],
    ['no limit of bytes in a take', 'if (taken > 0 && bytes + size > bytesMax) break;', ''],
    ['a strike counted as a refusal', '? DropReason.bufferFullStrike :', '? DropReason.bufferFullNewest :'],
    [
      'conflation that keeps the channel of the message to come',
      'new Set<string>([this.#table.get(incoming).channel])',
      'new Set<string>()',
    ],
    [
      'a conflated message that keeps its reference',
      '        this.#table.release(handles[index]);\n        handles[index] = none;',
      '        handles[index] = none;',
    ],
  ]),
  ...faultsOf('core/broadcast/subscription-index.ts', 'core/broadcast/subscriptions.test.ts', [
    ['unsubscribe that leaves a stale member', '    channel.connections[position] = channel.connections[last];\n', ''],
    ['a moved member whose place is not noted', '    this.#positionOf[moved] = position;\n', ''],
    ['a list of a connection that loses its first', '    else this.#firstOfConnection[connection] = next;\n', ''],
    ['a subscription count that only grows', '    this.#countOfConnection[connection] -= 1;\n', ''],
  ]),
  ...faultsOf('core/broadcast/flush-policy.ts', 'core/broadcast/flush-policy.test.ts', [
    [
      'the first write waits too',
      'if (nowNs - this.#writtenNs[connection] >= this.#intervalNs) return this.writeSoon(connection);',
      '',
    ],
    ['a write that is not remembered', 'if (wrote) this.#writtenNs[connection] = nowNs;', ''],
    ['what remains after a write is forgotten', 'if (remains) this.writeSoon(connection);', ''],
    [
      'a full socket is written to',
      '      this.#states[connection] = FlushState.blocked;\n      return;',
      '      return;',
    ],
    ['a drained socket is forgotten', 'if (hasQueued) this.writeSoon(connection);', ''],
    [
      'due times that do not ascend after a shorter interval',
      'dueNs > this.#latestDueNs ? dueNs : this.#latestDueNs',
      'dueNs',
    ],
    [
      'numbers of those that left are not given back',
      '          this.#states[connection] = FlushState.absent;\n          freed(connection);',
      '          this.#states[connection] = FlushState.absent;',
    ],
  ]),
  ...faultsOf('core/broadcast/worker-pool.ts', 'core/broadcast/worker-pool.test.ts', [
    [
      'a queue without limit',
      'if (this.#broadcasts > 0 && this.#queuedJobs + jobs > this.queueJobsMax) return false;',
      '',
    ],
    ['a large broadcast that fits no queue', 'this.#broadcasts > 0 && ', ''],
    ['jobs that stay counted', '    this.#queuedJobs -= this.#jobs[this.#head];\n', ''],
  ]),
  ...faultsOf('core/broadcast/stream-model.ts', 'core/broadcast/stream-model.test.ts', [
    ['retention by count off', 'stored <= streamMaxMessages && ', ''],
    ['retention by size off', ' && this.#storedBytes <= streamMaxBytes', ''],
    ['a message too old by one tick stays', '>= streamMaxAgeNs', '> streamMaxAgeNs'],
    [
      'an ack that frees no place',
      "if (stored.state === 'pending') this.#ackPending -= 1;\n    stored.state = 'acknowledged';",
      "stored.state = 'acknowledged';",
    ],
    ['a NAK without delay', 'stored.dueNs = nowNs + delayNs;', 'stored.dueNs = nowNs;'],
  ]),
  ...faultsOf('core/broadcast/shard.ts', 'core/broadcast/shard.test.ts', [
    ['strikes that never end', '        this.#strikes[connection] = 0;\n', ''],
    ['one strike too many', '>= this.#options.slowClientStrikes', '> this.#options.slowClientStrikes'],
    ['no limit of channels', '>= this.#options.channelsPerClientMax', '> this.#options.channelsPerClientMax'],
    ['a credit lost', '      this.#creditsToReturn += 1;\n', ''],
  ]),
  ...faultsOf('core/broadcast/history.ts', 'core/broadcast/history.test.ts', [
    ['history without limit of bytes', ' && this.#sizeBytes <= historyBytesMax', ''],
    ['history without limit of age', 'nowNs - this.#recordedNs[slot] < historyAgeNs && ', ''],
  ]),
  ...faultsOf('core/overload/admission.ts', 'core/overload/admission.test.ts', [
    ['one connection too many', 'use.connections >= limits.connectionsMax', 'use.connections > limits.connectionsMax'],
    ['two tasks too many', 'use.tasks + tasksPerConnection > limits.tasksMax', 'use.tasks > limits.tasksMax'],
    [
      'memory at its limit lets in',
      'this.#memoryBytes >= this.#options.memoryLimitBytes',
      'this.#memoryBytes > this.#options.memoryLimitBytes',
    ],
    ['an interval that stretches from nothing on', 'const stretchFrom = 0.8;', 'const stretchFrom = 0.1;'],
    ['an interval of 0 that stretches', 'flushIntervalNs === 0 || ', ''],
  ]),
  ...faultsOf('core/overload/keep-alive.ts', 'core/overload/keep-alive.test.ts', [
    ['a silent client stays', 'nowNs - this.#pingedNs[connection] >= pingTimeoutNs', 'false'],
    ['idle clients stay', 'nowNs - this.#idleSinceNs[connection] >= idleTimeoutNs', 'false'],
  ]),
  ...faultsOf('core/closed-form/cpu-cost.ts', 'core/closed-form/cpu-cost.test.ts', [
    ['cold writes free', '    rates.coldWritesPerSecond * cpu.perColdWriteNs +\n', ''],
    ['no write cold', '(connections * nanosecondsPerSecond) / writesPerSecond', '0'],
    ['broadcasts free', '    rates.broadcastsPerSecond * cpu.perBroadcastNs +\n', ''],
    ['accepts free', ' +\n    rates.acceptsPerSecond * cpu.perAcceptNs;', ';'],
    ['bytes free', '    rates.bytesPerSecond * cpu.perByteKernelNs +\n', ''],
    ['visits free', '    rates.visitsPerSecond * cpu.perVisitNs +\n', ''],
    ['background free', '    cpu.perSecondNs +\n', ''],
  ]),
  ...faultsOf('core/closed-form/memory-cost.ts', 'core/closed-form/memory-cost.test.ts', [
    ['shards free', ' + use.shards * memory.perShardBytes', ''],
    ['queued bytes free', ' + use.bufferBytes', ''],
    ['retained bytes free', 'use.retainedBytes * memory.perRetainedByte', '0'],
    ['subscriptions free', 'use.subscriptions * memory.perSubscriptionBytes', '0'],
    ['garbage of deliveries free', 'use.deliveriesPerSecond * memory.perDeliveryPerSecondBytes', '0'],
  ]),
  ...faultsOf('core/report/accuracy.ts', 'core/report/accuracy.test.ts', [
    ['every error counted as below the floor', '<= row.floor;', '>= 0;'],
    ['the 85 % rule at 30 %', 'repeatableUtilisation = 0.85', 'repeatableUtilisation = 0.3'],
    ['errors with their sign', 'Math.abs(row.errorPercent ?? 100)', '(row.errorPercent ?? 100)'],
    ['a target that is always met', 'met: meanPercent <= targetPercent', 'met: meanPercent >= 0'],
    ["the load client's cores left out", '(cpu.cores + (cpu.loadClientCores ?? 0)) /', 'cpu.cores /'],
    ['throttling that does not count', 'throttled ? 1 : ', ''],
  ]),
  ...faultsOf('core/report/latency-histogram.ts', 'core/report/latency-histogram.test.ts', [
    ['a rank too low', 'Math.ceil((percent / 100) * this.#count)', 'Math.floor((percent / 100) * this.#count) - 1'],
  ]),
  ...faultsOf('sim/kernel/event-queue.ts', 'sim/kernel/event-queue.test.ts', [
    ['ties in any order', 'if (childTime === leastTime && orders[slots[child]] > orders[slots[least]]) continue;', ''],
    ['one child never looked at', 'first + 4 < size ? first + 4 : size', 'first + 3 < size ? first + 3 : size'],
  ]),
  ...faultsOf('sim/machine/cpu-quota.ts', 'sim/machine/cpu-quota.test.ts', [
    ['an overrun forgiven', 'Math.max(0, this.#usedNs - (period - this.#period) * this.quotaNs)', '0'],
  ]),
  ...faultsOf('sim/network/network-card.ts', 'sim/network/network-card.test.ts', [
    [
      'a card without memory',
      'Math.max(this.#freeAtNs, atNs - beforeNs - this.#burstNs) + serviceNs',
      'atNs + serviceNs',
    ],
    ['no burst', ' - this.#burstNs) + serviceNs', ') + serviceNs'],
  ]),
  ...faultsOf('sim/world/shard-host.ts', costs, [
    ['cold writes free in the twin', 'kernelNs += coldWriteNs(cpu, this.#startNs - this.#writtenNs[connection]);', ''],
    ['collection free', '      this.#elapsedNs += garbageCollection.pauseNs;\n', ''],
    ['accepts free in the twin', '      this.#elapsedNs += perAcceptNs;\n', ''],
    ['broadcasts free in the twin', ' + (work.broadcasts - this.#broadcastsCharged) * perBroadcastNs', ''],
    ['visits free in the twin', '(visits - this.#visitsCharged) * perVisitNs + ', ''],
    ['turns free', 'this.#elapsedNs = cpu.perTurnNs;', 'this.#elapsedNs = 0;'],
    ['bytes free in the twin', ' + sizeBytes * cpu.perByteKernelNs', ''],
    ['deliveries free in the twin', ' + messages * this.#deliveryNs;', ';'],
    ['writes free in the twin', 'cpu.perWriteUserNs + kernelNs', 'kernelNs'],
    ['a socket that drains only when empty', '> this.#socketBufferBytes / 2', '> 0'],
    ['kernel memory without limit', ' && !this.#socketMemory.isFull', ''],
  ]),
  ...faultsOf('sim/world/intake-host.ts', costs, [
    ['bus messages free', '      this.#elapsedNs += this.#profile.cpu.perBusMessageNs;\n', ''],
  ]),
  ...faultsOf('sim/world/twin.ts', costs, [
    ['timer slack ignored', ' + Math.round(this.#profile.timerSlackNs)', ''],
    ['background outside the quota', '    this.#quota.charge(this.#nowNs, this.#profile.cpu.perSecondNs);\n', ''],
  ]),
  ...faultsOf('sim/world/bookkeeping.ts', costs, [
    ['background outside CPU', 'mainNs: usedNs(intakeLoop) + backgroundNs', 'mainNs: usedNs(intakeLoop)'],
    ['the stream outside memory', ' + this.#streamBytes()', ''],
    ['queued bytes outside memory', 'bufferBytes: queued * 5 * this.#parts.factor', 'bufferBytes: 0'],
  ]),
  ...faultsOf('sim/world/publisher.ts', costs, [
    ['a publisher that is never late', 'this.#arrivalTimes.nextUnit() * timerGrainNs', '0'],
    ['a publisher late by 10 ms', 'this.#arrivalTimes.nextUnit() * timerGrainNs', '10 * timerGrainNs'],
  ]),
  ...faultsOf('sim/world/twin.ts', 'sim/world/settings-in-the-twin.test.ts', [
    [
      'an interval that never stretches',
      '    for (const { shard } of this.#hosts) shard.flushIntervalChanged(flushIntervalNs);\n',
      '',
    ],
    ['a pause that reaches nobody', '    this.#intakeHost.intake.pauseChanged(paused);\n', ''],
  ]),
  ...faultsOf('sim/network/clients.ts', costs, [
    ['a round trip counted twice', 'millisecondsToNs(roundTripMs / 2)', 'millisecondsToNs(roundTripMs)'],
    ['a link without memory', 'Math.max(freeNs[connection], departureNs)', 'departureNs'],
  ]),
  ...faultsOf('sim/world/load-client-host.ts', costs, [
    ['reads free', '      elapsedNs += perReadNs;\n', ''],
    ['messages free for the reader', '      elapsedNs += this.#inFlight.messages * perMessageNs;\n', ''],
  ]),
  ...faultsOf('sim/cohort.ts', 'sim/cohort.test.ts', [
    [
      'collection unscaled',
      'bytesPerWrite: garbageCollection.bytesPerWrite * scale',
      'bytesPerWrite: garbageCollection.bytesPerWrite',
    ],
    ['cold writes unscaled', 'cpu.perColdWriteNs * scale', 'cpu.perColdWriteNs'],
    ['kernel memory unscaled', 'memory.perConnectionKernelBytes * scale', 'memory.perConnectionKernelBytes'],
  ]),
];
