/** Users from their rules and back. What servers say to each rule is in `test/conformance/engine/acl-rule-cases.ts`. */
import { describe, expect, it } from 'vitest';
import { applyRules, channelsLeft, makeDefaultUser, parseUsers } from '../../../src/acl/change-user.ts';
import { RuleCommands } from '../../../src/acl/rule-commands.ts';
import { mergeSelectors, splitQuoted } from '../../../src/acl/rule-texts.ts';
import type { RuleSettings } from '../../../src/acl/selector.ts';
import { User } from '../../../src/acl/user.ts';
import { createRandom } from '../../../src/base/random.ts';
import { compatibilityOf } from '../../../src/commands/compatibility.ts';
import { buildCommandTable } from '../../../src/commands/table.ts';
import { CommandPlan } from '../../../src/engine/command-plan.ts';
import { testSeed } from '../../support/seed.ts';

const plan = new CommandPlan(buildCommandTable(), compatibilityOf('valkey-9'));
const settings: RuleSettings = {
  commands: new RuleCommands(plan.table, plan.known, plan.server),
  hasDatabases: true,
  showsSanitizing: false,
  allowsChannels: () => false,
};

function userOf(...rules: readonly string[]): User {
  const user = new User(settings, 'u', 7);
  expect(applyRules(user, rules)).toBeUndefined();
  return user;
}

const RULES = [
  ...[
    'on',
    'off',
    'nopass',
    '>a',
    '>b',
    'resetpass',
    'reset',
    'allkeys',
    'resetkeys',
    '~a*',
    '%R~b',
    '%W~b',
    '%RW~c',
  ],
  ...[
    'allchannels',
    'resetchannels',
    '&c',
    '&d*',
    'alldbs',
    'resetdbs',
    'db=1,2',
    '+@all',
    '-@all',
    '+get',
    '-get',
  ],
  ...[
    '+@string',
    '-@string',
    '-@dangerous',
    '+config|get',
    '-config',
    '+config',
    '-config|get',
    '+select|0',
    '-select',
  ],
  ...[
    '(+get ~x)',
    '(%R~y +@read db=3)',
    '(allkeys +@all -@write allchannels)',
    'clearselectors',
    '+@all -debug',
  ],
];

describe('users', () => {
  it('are the same again after they have been described, and after a copy', () => {
    const random = createRandom(testSeed('acl users'));
    for (let round = 0; round < 100; round++) {
      const user = new User(settings, 'u', 7);
      for (let count = 0; count < 12; count++) {
        const rules = RULES[random.integer(RULES.length)].split(/ (?![^(]*\))/);
        // Some are refused, such as a pattern after all keys.
        for (const rule of rules) user.apply(rule);
      }
      const described = userOf(...user.describe().split(' '));
      expect(described.data).toEqual(user.data);
      expect(User.from(settings, user.data).data).toEqual(user.data);
      expect(described.selectors.map(({ allowed }) => allowed)).toEqual(
        user.selectors.map(({ allowed }) => allowed),
      );
      expect(described.describe()).toBe(user.describe());
    }
  });

  it('are unrestricted when one selector allows everything', () => {
    const all = ['+@all', '~*', '&*'];
    const isFree = (...rules: string[]): boolean => User.from(settings, userOf(...rules).data).isUnrestricted;
    expect(isFree(...all)).toBe(true);
    expect(isFree('(+@all ~* &*)')).toBe(true);
    for (const rule of ['-get', 'resetkeys', 'resetchannels', 'db=0', '-@dangerous']) {
      expect(isFree(...all, rule)).toBe(false);
    }
    expect(User.from(settings, makeDefaultUser(settings, 0).data).isUnrestricted).toBe(true);
  });

  it('accept their passwords and no other', () => {
    const user = userOf('on', '>one', '>t\xffo');
    expect(['one', 't\xffo', 'tÿo2', '', 'One'].map((password) => user.accepts(password))).toEqual([
      ...[true, true, false, false, false],
    ]);
    user.apply('off');
    expect(user.accepts('one')).toBe(false);
    expect(userOf('on').accepts('')).toBe(false);
    expect(userOf('on', 'nopass').accepts('any')).toBe(true);
  });

  it('know which channels are left after a change', () => {
    const before = userOf('&a', '(&b)');
    expect(channelsLeft(userOf('&b', '&a', '&c'), before)).toBeUndefined();
    expect(channelsLeft(userOf('(allchannels)'), before)).toBeUndefined();
    expect(channelsLeft(userOf('&a*', '&b'), before)).toEqual(['a*', 'b']);
    expect(channelsLeft(userOf('&a'), userOf('allchannels'))).toEqual(['a']);
    expect(channelsLeft(userOf(), userOf())).toBeUndefined();
  });
});

describe('files of users', () => {
  const parse = (text: string): ReturnType<typeof parseUsers> =>
    parseUsers(text, 'users.acl', (name) => new User(settings, name, 1));

  it('have a user on each line', () => {
    const text = '\nuser a on nopass  ~x +get (+set ~y)\r\n\n  user b off \n';
    const users = parse(text) as Map<string, User>;
    expect(Array.from(users.values(), (user) => user.describe())).toEqual([
      'on nopass ~x resetchannels -@all +get (~y resetchannels -@all +set)',
      'off resetchannels -@all',
    ]);
  });

  it('are taken as a whole or not at all, and every line that is wrong is named', () => {
    const text = [
      'usr a',
      'user',
      'user a >secret nonsense more',
      'user a',
      'user b +nosuch +get|',
      'user c (+get',
      '',
    ];
    expect(parse(text.join('\n'))).toEqual({
      errors:
        'users.acl:1 should start with user keyword followed by the username. ' +
        'users.acl:2 should start with user keyword followed by the username. ' +
        'users.acl:3: Syntax error. ' +
        "WARNING: Duplicate user 'a' found on line 4. " +
        "users.acl:5: Error in applying operation '+nosuch': Unknown command or category name in ACL. " +
        'users.acl:5: Syntax error. ' +
        'users.acl:6: Unmatched parenthesis in selector definition.',
    });
  });
});

describe('texts of rules', () => {
  it('are put together and taken apart', () => {
    expect(mergeSelectors(['on', '(+get', '~a)', '(x)', '(', 'y', ')'])).toEqual([
      'on',
      '(+get ~a)',
      '(x)',
      '( y )',
    ]);
    expect(mergeSelectors(['on', '(+get', '~a'])).toEqual({ unmatched: '(+get' });
    expect(splitQuoted(' +get  "~a b"\t~c ')).toEqual(['+get', '~a b', '~c']);
    expect(splitQuoted('+get "~a')).toEqual([]);
  });
});
