/**
 * What a client notices of it that the primary speaks another version of RESP than it does. Data:
 * `docs/transparency.md` shows it, and an entry that no case meets any more fails the suite.
 */

export interface BridgedDifference {
  readonly id: string;
  /** Commands whose replies differ, by catalogue name. */
  readonly commands?: readonly string[];
  /** Conversations that are not played, by their names. */
  readonly conversations?: readonly string[];
  /** Beginnings of the names of stages. */
  readonly stages: readonly string[];
  readonly why: string;
}

const NO_HELLO = ['no HELLO'];
const RESP2 = ['no HELLO', 'RESP2'];

export const bridgedDifferences: readonly BridgedDifference[] = [
  {
    id: 'unknown HELLO',
    commands: [
      'hello',
      'client|getname',
      'command',
      'command|count',
      'command|docs',
      'command|info',
      'command|list',
    ],
    conversations: [
      'session commands inside MULTI',
      'RESP2 subscriber: messages, and which commands are left',
    ],
    stages: NO_HELLO,
    why:
      'The gateway answers `HELLO` itself. In a transaction, in a script, on a RESP2 connection that ' +
      'listens and in what `COMMAND` lists, the server is asked, and it has no such command.',
  },
  {
    id: 'RESP3 in scripts',
    commands: ['eval', 'evalsha', 'eval_ro', 'evalsha_ro', 'fcall', 'fcall_ro'],
    stages: RESP2,
    why:
      'What a script returns has no form of its own: maps, sets, doubles, booleans, big numbers and ' +
      'verbatim strings of a script (`redis.setresp(3)`, `{map = …}`) reach a RESP3 client as the arrays, ' +
      'strings and integers that the server made of them.',
  },
  {
    id: 'redirection that changes',
    conversations: [
      'tracking follows the protocol that HELLO chooses',
      'the target of a redirection leaves',
      'RESET of the target leaves it the target',
    ],
    stages: RESP2,
    why:
      'The gateway has invalidations redirected to a connection that listens, when a RESP3 client asks for ' +
      'them. A client that has asked in RESP2, or was named as a target then, and says `HELLO 3` later gets ' +
      'none; and nobody is told (`tracking-redir-broken`) that the target of its redirection has left.',
  },
];
