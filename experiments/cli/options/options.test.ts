import { describe, expect, it } from 'vitest';
import { InputError } from '../../input-error.ts';
import { commands } from '../commands.ts';
import { channelList } from './channels.ts';
import { defineCommand } from './define-command.ts';
import { commandLines, helpText } from './help.ts';
import {
  bytes,
  choice,
  count,
  custom,
  decimal,
  dollars,
  duration,
  file,
  flag,
  type OptionTable,
  percent,
  rate,
  repeated,
  text,
} from './option.ts';
import { readOptions, splitArguments } from './table.ts';

const table = {
  connections: count({ help: 'Clients', default: '12k', min: 1, max: 1_000_000, variable: 'TARGET' }),
  rate: rate({ help: 'Per second', above: 0 }),
  bytes: bytes({ help: 'Size', default: '500' }),
  duration: duration({ help: 'How long', default: '60s', above: 0 }),
  p99: duration({ help: 'Latency', plainUnit: 'ms' }),
  budget: dollars({ help: 'Per month' }),
  success: percent({ help: 'Share', default: '99', min: 0, max: 100 }),
  bus: choice(['embedded', 'nats'], { help: 'Which bus', default: 'embedded' }),
  set: repeated(
    custom({ help: 'A field', placeholder: 'path=value', accepted: 'path=value' }, (one) =>
      one.includes('=') ? one : undefined,
    ),
  ),
  out: file({ help: 'Where to' }),
  verbose: flag({ help: 'Say more' }),
} as const;

const read = (args: readonly string[], environment: Record<string, string> = {}) =>
  readOptions('test', table, splitArguments('test', table, args), environment);

function refusalOf(act: () => unknown): { path: string; given: string; accepted: string; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError) return error.issues[0];
    throw error;
  }
  throw new Error('it was not refused');
}

describe('an option table', () => {
  it('gives every option its default, and null where there is none', () => {
    expect(read([])).toEqual({
      connections: 12_000,
      rate: null,
      bytes: 500,
      duration: 60,
      p99: null,
      budget: null,
      success: 99,
      bus: 'embedded',
      set: [],
      out: null,
      verbose: false,
    });
  });

  it.each([
    ['--connections', '12k', 'connections', 12_000],
    ['--connections', '12,000', 'connections', 12_000],
    ['--connections', '1e4', 'connections', 10_000],
    ['--rate', '1.5k', 'rate', 1_500],
    ['--rate', '25/s', 'rate', 25],
    ['--bytes', '8KB', 'bytes', 8_000],
    ['--bytes', '8KiB', 'bytes', 8_192],
    ['--bytes', '64GB', 'bytes', 64e9],
    ['--duration', '1h', 'duration', 3_600],
    ['--duration', '1m30s', 'duration', 90],
    ['--duration', '90', 'duration', 90],
    ['--p99', '300', 'p99', 0.3],
    ['--p99', '300ms', 'p99', 0.3],
    ['--p99', '1.5s', 'p99', 1.5],
    ['--budget', '$100', 'budget', 100],
    ['--budget', '100', 'budget', 100],
    ['--success', '99.5%', 'success', 99.5],
  ] as const)('reads %s %s', (option, given, name, value) => {
    expect(read([option, given])[name]).toBe(value);
    expect(read([`${option}=${given}`])[name]).toBe(value);
  });

  it.each([
    ['--connections', '1.5'],
    ['--connections', '0'],
    ['--connections', '1e9'],
    ['--connections', 'NaN'],
    ['--connections', 'Infinity'],
    ['--connections', '0x10'],
    ['--connections', ''],
    ['--connections', ' '],
    ['--connections', '12 apples'],
    ['--rate', '-5'],
    ['--rate', '0'],
    ['--bytes', '1.5'],
    ['--bytes', '8XB'],
    ['--duration', '0'],
    ['--duration', '5 parsecs'],
    ['--success', '101'],
    ['--success', '-1'],
    ['--bus', 'foo'],
    ['--set', 'novalue'],
    ['--out', ''],
  ])('refuses %s %j with option, given and accepted', (option, given) => {
    const issue = refusalOf(() => read([option, given]));
    expect(issue.path).toBe(option);
    expect(issue.given).toBe(given === '' ? '(nothing)' : given);
    expect(issue.accepted).not.toBe('');
  });

  it('names the nearest option and the nearest choice', () => {
    expect(refusalOf(() => read(['--conections', '5'])).message).toContain('did you mean --connections?');
    expect(refusalOf(() => read(['--bus', 'nat'])).message).toContain('did you mean nats?');
  });

  it('refuses an option without a value, one given twice, and a flag with a value', () => {
    expect(refusalOf(() => read(['--rate'])).message).toBe('requires a value');
    expect(refusalOf(() => read(['--rate', '--verbose'])).message).toBe('requires a value');
    expect(refusalOf(() => read(['--rate', '1', '--rate', '2'])).message).toBe('is given twice');
    expect(refusalOf(() => read(['--verbose=yes'])).message).toBe('takes no value');
    expect(read(['--set', 'a=1', '--set', 'b=2']).set).toEqual(['a=1', 'b=2']);
  });

  it('takes a variable where the option is not given, and names it in a refusal', () => {
    expect(read([], { TARGET: '5' }).connections).toBe(5);
    expect(read(['--connections', '6'], { TARGET: '5' }).connections).toBe(6);
    expect(read([], { TARGET: '' }).connections).toBe(12_000);
    expect(refusalOf(() => read([], { TARGET: 'many' })).path).toBe('TARGET');
  });

  it('requires what is required', () => {
    const required = { url: text({ help: 'Where', accepted: 'a URL', required: true, variable: 'URL' }) } as const;
    const issue = refusalOf(() => readOptions('test', required, { values: {}, positionals: [] }, {}));
    expect([issue.path, issue.message]).toEqual(['--url or URL', 'is required']);
  });

  it('leaves words that are no options to the command, and all after --', () => {
    expect(splitArguments('test', table, ['a.yaml', '-5', '--', '--rate']).positionals).toEqual([
      'a.yaml',
      '-5',
      '--rate',
    ]);
  });
});

describe('channel names', () => {
  const one = (patterns: boolean) => channelList({ help: 'Channels', patterns });
  it('are a list, or a number of the names that scenarios use', () => {
    expect(one(true).read('token.BTC, news.>')).toEqual(['token.BTC', 'news.>']);
    expect(one(true).read('3')).toEqual(['token.0', 'token.1', 'token.2']);
    expect(one(true).read('a,a')).toEqual(['a']);
  });
  it.each(['', 'a,', 'a b', '0', '1.5', '-1', '1e9', 'a..b', '>.a'])('are not %j', (given) => {
    expect(one(true).read(given)).toBeUndefined();
  });
  it('are no patterns for a publisher', () => {
    expect(one(false).read('news.>')).toBeUndefined();
    expect(one(false).read('news.*.a')).toBeUndefined();
  });
});

describe('defineCommand', () => {
  const command = defineCommand({
    name: 'test',
    summary: 'a test',
    positionals: ['SCENARIO'],
    options: table as typeof table & OptionTable,
    example: 'test a.yaml',
    run({ only }) {
      only('in this mode', ['verbose']);
      return 0;
    },
  });
  it('refuses what a mode would ignore', () => {
    const run = (values: Record<string, string | boolean>) => command.run({ positionals: [], values });
    expect(run({ verbose: true })).toBe(0);
    const issue = refusalOf(() => run({ rate: '5' }));
    expect([issue.path, issue.message, issue.accepted]).toEqual(['--rate', 'has no effect in this mode', '--verbose']);
  });
});

describe('help', () => {
  const help = helpText({
    name: 'test',
    summary: 'a test',
    positionals: ['SCENARIO'],
    table,
    usages: [],
    notes: ['word '.repeat(60).trim()],
    example: 'test a.yaml',
  });
  it('explains every option within 80 columns', () => {
    for (const [name, row] of Object.entries<OptionTable[string]>(table)) {
      expect(help).toContain(`--${name}`);
      expect(help.replaceAll(/\s+/g, ' ')).toContain(row.help);
    }
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
  it('puts variables before npm and continues long lines with a backslash', () => {
    expect(commandLines('A=1 B=2 load')).toEqual(['  A=1 B=2 npm run -s fanout -- load']);
    const lines = commandLines(`load ${'--channels token.BTC '.repeat(6).trim()}`);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.slice(0, -1).every((line) => line.endsWith(' \\'))).toBe(true);
  });
});

describe('a default that its own option would refuse', () => {
  it('is a mistake of the program, found when the table is made', () => {
    expect(() => count({ help: 'x', default: '0', min: 1 })).toThrow('default');
    expect(() => decimal({ help: 'x', default: 'a' })).toThrow('default');
  });
});

describe('every command', () => {
  it.each(commands.map((command) => [command.name, command] as const))(
    '%s explains each of its options within 80 columns, on usage lines that a shell takes',
    (name, { help, table, example }) => {
      const flat = help.replaceAll(' \\\n', ' ').replaceAll(/\s+/g, ' ');
      for (const [option, row] of Object.entries(table)) {
        expect(flat).toContain(`--${option}`);
        expect(row.help.length).toBeGreaterThan(3);
      }
      expect(help.split('\n').filter((line) => line.length > 80 && line.includes(' '.repeat(8)))).toEqual([]);
      const usages = help.slice(help.indexOf('Usage:')).split('\n\n')[0].split('\n').slice(1);
      for (const line of usages.join('\n').replaceAll(' \\\n', '').split('\n')) {
        expect(line).toMatch(new RegExp(`^ {2}([A-Z_]+=\\S+ )*npm run -s fanout -- +${name}( |$)`));
      }
      expect(
        example
          .split(' ')
          .filter((word) => word.startsWith('--'))
          .every((word) => Object.hasOwn(table, word.slice(2))),
      ).toBe(true);
    },
  );
});
