/**
 * ACL: users and what they may do.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { runHelp } from '../help.ts';
import { ACL_LOG, ACL_USER } from '../reply-shapes.ts';
import { flag, IGNORE, integer, many, oneOf, optional, since, text } from '../shapes.ts';
import {
  runAclCat,
  runAclDeluser,
  runAclDryrun,
  runAclGenpass,
  runAclGetuser,
  runAclList,
  runAclLoad,
  runAclLog,
  runAclSave,
  runAclSetuser,
  runAclUsers,
  runAclWhoami,
} from './run-acl.ts';

export const aclCat = defineCommand({
  name: 'acl|cat',
  summary: 'Lists the ACL categories, or the commands inside a category.',
  group: 'server',
  since: since('6.0.0'),
  arity: -2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runAclCat,
  arguments: [optional(text('category'))],
});

export const aclDeluser = defineCommand({
  name: 'acl|deluser',
  summary: 'Deletes ACL users, and terminates their connections.',
  group: 'server',
  since: since('6.0.0'),
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'all_succeeded',
  // The user's clients are disconnected.
  session: 'local',
  compare: IGNORE,
  mirror: 'none',
  run: runAclDeluser,
  arguments: [many(text('username'))],
});

export const aclDryrun = defineCommand({
  name: 'acl|dryrun',
  summary: 'Simulates the execution of a command by a user, without executing the command.',
  group: 'server',
  since: since('7.0.0'),
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runAclDryrun,
  arguments: [text('username'), text('command'), optional(many(text('arg')))],
});

export const aclGenpass = defineCommand({
  name: 'acl|genpass',
  summary: 'Generates a pseudorandom, secure password that can be used to identify ACL users.',
  group: 'server',
  since: since('6.0.0'),
  arity: -2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runAclGenpass,
  arguments: [optional(integer('bits'))],
});

export const aclGetuser = defineCommand({
  name: 'acl|getuser',
  summary: 'Lists the ACL rules of a user.',
  group: 'server',
  since: since('6.0.0'),
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: ACL_USER,
  run: runAclGetuser,
  arguments: [text('username')],
});

export const aclList = defineCommand({
  name: 'acl|list',
  summary: 'Dumps the effective rules in ACL file format.',
  group: 'server',
  since: since('6.0.0'),
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runAclList,
  arguments: [],
});

export const aclLoad = defineCommand({
  name: 'acl|load',
  summary: 'Reloads the rules from the configured ACL file.',
  group: 'server',
  since: since('6.0.0'),
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  cluster: { request: 'all_nodes', merge: 'all_succeeded' },
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runAclLoad,
  arguments: [],
});

export const aclLog = defineCommand({
  name: 'acl|log',
  summary: 'Lists recent security events generated due to ACL rules.',
  group: 'server',
  since: since('6.0.0'),
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  resp3: ACL_LOG,
  run: runAclLog,
  arguments: [optional(oneOf('operation', integer('count'), flag('RESET')))],
});

export const aclSave = defineCommand({
  name: 'acl|save',
  summary: 'Saves the effective ACL rules in the configured ACL file.',
  group: 'server',
  since: since('6.0.0'),
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'all_succeeded',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runAclSave,
  arguments: [],
});

export const aclSetuser = defineCommand({
  name: 'acl|setuser',
  summary: 'Creates and modifies an ACL user and its rules.',
  group: 'server',
  since: since('6.0.0'),
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  request: 'all_nodes',
  response: 'all_succeeded',
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runAclSetuser,
  arguments: [text('username'), optional(many(text('rule')))],
});

export const aclUsers = defineCommand({
  name: 'acl|users',
  summary: 'Lists all ACL users.',
  group: 'server',
  since: since('6.0.0'),
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'dangerous', 'slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runAclUsers,
  arguments: [],
});

export const aclWhoami = defineCommand({
  name: 'acl|whoami',
  summary: 'Returns the authenticated username of the current connection.',
  group: 'server',
  since: since('6.0.0'),
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runAclWhoami,
  arguments: [],
});

export const aclHelp = defineCommand({
  name: 'acl|help',
  summary: 'Returns helpful text about the different subcommands.',
  group: 'server',
  since: since('6.0.0'),
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  run: runHelp,
  arguments: [],
});

export const acl = defineCommand({
  name: 'acl',
  summary: 'A container for Access List Control commands.',
  group: 'server',
  since: since('6.0.0'),
  arity: -2,
  flags: [],
  categories: ['slow'],
  keys: [],
  session: 'none',
  compare: IGNORE,
  mirror: 'none',
  arguments: [],
  subcommands: [
    aclCat,
    aclDeluser,
    aclDryrun,
    aclGenpass,
    aclGetuser,
    aclList,
    aclLoad,
    aclLog,
    aclSave,
    aclSetuser,
    aclUsers,
    aclWhoami,
    aclHelp,
  ],
});

export const serverAclCommands: readonly CommandDefinition[] = [acl];
