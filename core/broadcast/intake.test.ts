import { describe, expect, it } from 'vitest';
import type { IntakeEffects } from './effects.ts';
import { Intake, type IntakeOptions } from './intake.ts';
import { NakReason } from '../base/outcomes.ts';

interface Message {
  readonly deliveryCount: number;
  readonly name: string;
}

class Recorded implements IntakeEffects<Message> {
  readonly log: string[] = [];
  deliver(shard: number, message: Message): void {
    this.log.push(`deliver ${message.name} to ${shard}`);
  }
  missed(shard: number, message: Message): void {
    this.log.push(`missed ${message.name} by ${shard}`);
  }
  setPaused(paused: boolean): void {
    this.log.push(`paused ${paused}`);
  }
}

const options: IntakeOptions = {
  shards: 2,
  shardInboxMessages: 2,
  natsRateMaxPerSecond: 1_000,
  broadcastRateMaxPerSecond: 1_000,
  rateBurstFactor: 1,
  rateExceededMode: 'nak',
  pauseMode: 'stop',
};

function create(overrides: Partial<IntakeOptions> = {}) {
  const effects = new Recorded();
  const intake = new Intake<Message>({ ...options, ...overrides }, effects);
  const arrive = (name: string, nowNs = 0, deliveryCount = 1): void => {
    const decision = intake.messageArrived({ name, deliveryCount }, nowNs);
    effects.log.push(`${decision} ${name}`);
  };
  return { intake, effects, arrive };
}

describe('Intake', () => {
  it('hands a message to every shard and then acknowledges it (R34)', () => {
    const { effects, arrive } = create();
    arrive('m');
    expect(effects.log).toEqual(['deliver m to 0', 'deliver m to 1', 'acknowledge m']);
  });

  it('hands back when every inbox is full', () => {
    const { intake, effects, arrive } = create({ shardInboxMessages: 1 });
    arrive('one');
    effects.log.length = 0;
    expect(intake.demandAt(0)).toBe(0);
    arrive('two');
    expect(effects.log).toEqual(['hand-back two']);
    expect(intake.ledger.nakedByReason[NakReason.inboxFull]).toBe(1);
  });

  it('delays nobody for one slow shard: its share is missed, the message acknowledged', () => {
    const { intake, effects, arrive } = create({ shardInboxMessages: 1 });
    arrive('one');
    intake.creditsReturned(1, 1);
    effects.log.length = 0;
    arrive('two');
    expect(effects.log).toEqual(['missed two by 0', 'deliver two to 1', 'acknowledge two']);
    expect(intake.ledger.missedShares).toBe(1);
  });

  it('NAKs what exceeds the ingest rate, redeliveries included (R35)', () => {
    const { intake, arrive } = create({ natsRateMaxPerSecond: 2, shardInboxMessages: 100 });
    for (let count = 0; count < 5; count += 1) arrive(`m${count}`, 0, 2);
    expect(intake.ledger.nakedByReason[NakReason.ingestRate]).toBe(3);
    expect(intake.ledger.redelivered).toBe(5);
    intake.ledger.assertBalanced();
  });

  it('NAKs what exceeds the broadcast rate (R40)', () => {
    const { intake, arrive } = create({ broadcastRateMaxPerSecond: 1, shardInboxMessages: 100 });
    arrive('one');
    arrive('two');
    expect(intake.ledger.nakedByReason[NakReason.broadcastRate]).toBe(1);
  });

  it('asks for nothing while paused and NAKs what still comes (R54)', () => {
    const { intake, effects, arrive } = create();
    intake.pauseChanged(true);
    intake.pauseChanged(true);
    expect(intake.demandAt(0)).toBe(0);
    arrive('late');
    intake.pauseChanged(false);
    expect(intake.demandAt(0)).toBe(2);
    expect(effects.log).toEqual(['paused true', 'hand-back late', 'paused false']);
  });

  it('lets what exceeds a rate cap wait in the stream: asks for less, and for more when a share of the rate is there', () => {
    const { intake, effects, arrive } = create({
      rateExceededMode: 'wait',
      natsRateMaxPerSecond: 100,
      rateBurstFactor: 0.1,
      shardInboxMessages: 100,
    });
    expect([intake.demandAt(0), intake.demandDueNs(0)]).toEqual([10, 0]);
    for (let count = 0; count < 10; count += 1) arrive(`m${count}`);
    expect(intake.demandAt(0)).toBe(0);
    // 50 ms of the rate: five messages in one pull instead of five pulls.
    const dueNs = intake.demandDueNs(0);
    expect(dueNs).toBe(50e6 - 0);
    expect([intake.demandAt(dueNs - 10e6), intake.demandAt(dueNs)]).toEqual([4, 5]);
    expect(intake.ledger.naked).toBe(0);
    expect(effects.log.filter((line) => line.startsWith('hand-back'))).toEqual([]);
  });

  it('waits for room and for the end of a pause without a time', () => {
    const { intake, arrive } = create({ rateExceededMode: 'wait', shardInboxMessages: 1 });
    arrive('one');
    expect([intake.demandAt(0), intake.demandDueNs(0)]).toEqual([0, Infinity]);
    intake.creditsReturned(0, 1);
    intake.pauseChanged(true);
    expect([intake.demandAt(0), intake.demandDueNs(0)]).toEqual([0, Infinity]);
  });
});
