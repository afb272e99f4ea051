/** The words of `docs/transparency.md` around its tables. */

export const HEAD = `# Transparency

What works against a server works through Lockstep, with the same replies to the byte. This page says how that is
checked, and lists every command, every mode, and the few places where Lockstep differs on purpose. It is written by
the conformance suite; do not edit it by hand, run \`LOCKSTEP_UPDATE=1 npx vitest run
test/conformance/conformance.test.ts\`.

The suite (\`test/conformance\`) plays the same cases to Redis 7.0, Redis 8.0, Valkey 8.0 and Valkey 9.1 and, at the
same time, to gateways in front of servers of the same release: with pooled and with pinned sessions, each with and
without a shadow, on either transport. Every reply must be the server's: equal bytes, or, where a reply depends on
chance or on the moment, equal by the compare rule that the case names. With a shadow, a run must end without a
single divergence. Cases for commands on data are made from the argument grammar of the catalogue: every option
alone, every choice, pairs of options, repetitions, numbers that are none, words too many and too few, keys of
every other type.

## Deliberate differences
`;

export const MODES = `
Besides, and in the nature of a gateway:

- **Who the clients are.** \`CLIENT ID\`, \`INFO\`, \`LIST\`, \`KILL\`, \`UNBLOCK\` and their like are about the
  gateway's clients, those of all its workers, with their own addresses, names and ids. What the server says about
  connections (\`INFO clients\`, \`MONITOR\`, \`SLOWLOG\`, \`ACL LOG\`) is about the gateway's connections to it. With
  pooled sessions they are few, whatever the number of clients.
- **Whose limits count.** The gateway keeps \`limits.*\` of its own towards clients (clients, buffers, idle time), with
  the servers' own errors. Those of the server hold for the gateway's connections. What protected mode tells those it
  refuses begins as a server's, and then names the settings of the gateway that would let them in.
- **One section more.** \`INFO\` ends with \`# Lockstep\`, the state of the gateway; \`INFO lockstep\` shows it alone.
- **Passwords that change.** A client that logged in stays so, as on a server, while it goes on using its
  connections. With pooled sessions what needs another connection (another database, a transaction) is refused with
  \`WRONGPASS\` until it logs in again, for the server would refuse that connection.
- **What nobody can promise.** When a connection to the server breaks, the commands on it may have run or not. Their
  clients are told so by an error that begins with \`ERR lockstep:\`; with pooled sessions their own connection stays.
  A client that had state on the server (a transaction, watched keys, subscriptions) is disconnected, as a server's
  restart would. A server that owes replies and has said nothing to anybody for \`primary.answerTimeoutMs\`, nor
  answered a question on a new connection, counts as gone; without a gateway clients would wait for ever. Pauses,
  scripts and clients that block are no such silence; a server that does one thing for longer (\`SAVE\`) is. Where one
  connection alone is silent for so long, and the server says (\`CLIENT LIST\`) that it has nothing to do for it,
  that one is gone. A user who may not ask waits there until TCP gives the connection up.
- **Who comes first.** Commands of one client take effect in its order. Commands of different clients that do not wait
  for each other's replies do so in the order in which they arrive only where one worker serves them all, as it does
  with pinned sessions unless \`workers\` says otherwise, and where none of them needs a connection of its own first.
- **Boundaries of writes.** Commands of several clients share a connection to the server, so it reads them in other
  portions than each client wrote them. Servers answer by command, not by portion. The exceptions are \`SCRIPT DEBUG\`,
  which they refuse in the middle of a pipeline, and \`AUTH\` with a wrong password behind other commands, which
  Redis 8.0 and Valkey 8.0 do not answer; the gateway does.

## Modes

| Mode | Pooled | Pinned |
| --- | --- | --- |
| RESP2, RESP3, changes between them | a connection per database, protocol and login of a worker | the client's own |
| inline commands | rewritten as arrays | rewritten as arrays |
| pipelines | order kept, whatever the number of commands | the same |
| \`MULTI\`, \`WATCH\` | own connection until \`EXEC\`, \`DISCARD\` or \`UNWATCH\`, given back clean | own connection |
| commands that block | own connection until the reply | own connection |
| \`SUBSCRIBE\` and its like, \`MONITOR\` | own connection for as long as it lasts | own connection |
| \`CLIENT TRACKING\` | own connection from then on; invalidations reach that client | own connection |
| \`CLIENT REPLY\` | the gateway leaves out the replies; the server gives them | the same |
| scripts and functions | on connections of their own, so that a long one holds up nobody else | own connection |
| ACL users | a connection for each login; the server decides | own connection |
| commands nobody has heard of | passed on; with a shadow their keys are learnt from \`COMMAND\` | the same |

With a shadow, commands of one slot wait for each other where their order matters; the replies are the same.

## Conversations

Cases of one or several clients that are read line by line, on all servers and in all regimes:
`;

export const BRIDGED_HEAD = `## Between versions of RESP

Where the server speaks another version of RESP than the client, replies are converted ([bridging.md](bridging.md)). The
same cases are played there as well (\`test/conformance/bridged.test.ts\`): RESP3 clients before a server without
\`HELLO\` and before one that is spoken to in RESP2, RESP2 clients before one that is spoken to in RESP3, pooled and
pinned, and with shadows that are spoken to in the other version. What a client hears must be, to the byte, what a
client of its version hears from a server of the same release. What is left out, and why:
`;

export const CLUSTER_HEAD = `## Before a cluster

The same cases are played before a cluster of three nodes, too (\`test/conformance/cluster.test.ts\`), where a client
must hear what one server of the release says. All keys of a case are in one slot, by hash tags, and the cases are
spread over the nodes; commands on keys of several slots are split or refused as [routing.md](routing.md) says.
Continuous integration plays them on Valkey 9.1 with pooled sessions; \`LOCKSTEP_CONFORMANCE_CLUSTER=all\` on all
releases, and \`LOCKSTEP_CONFORMANCE_CLUSTER_STAGE\` with pinned sessions and with a shadow. What is left out, or
differs, and why, is this. A case named is not played; a reply or a line that differs must look as the pattern says.
What no case meets any more fails the suite.
`;

export const TAIL = '';
