/** Cases of the commands about connections and of pub/sub and transactions, as far as they answer at once. */
import { type CommandCase, casesOf } from '../command-text.ts';

const onSharedConnection = casesOf({
  'ping and echo': `
    PING
    PING hello
    PING "with blanks"
    PING a b
    ECHO hello
    ECHO ""
    CLIENT HELP
    CLIENT BOGUS
    CLIENT GETNAME extra
  `,
  'publish without subscribers': `
    PUBLISH channel message
    SPUBLISH channel message
    PUBSUB CHANNELS
    PUBSUB CHANNELS a*
    PUBSUB NUMPAT
    PUBSUB NUMSUB
    PUBSUB NUMSUB a b
    PUBSUB SHARDCHANNELS
    PUBSUB SHARDCHANNELS a*
    PUBSUB SHARDNUMSUB
    PUBSUB SHARDNUMSUB a b
    PUBSUB HELP
    PUBSUB BOGUS
  `,
  'transaction commands outside of a transaction': `
    EXEC
    DISCARD
    UNWATCH
  `,
});

const onOwnConnection = casesOf(
  {
    hello: `
      ~shape HELLO
      ~shape HELLO 2
      ~shape HELLO 3
      ~shape HELLO 3 AUTH default any SETNAME me
      CLIENT GETNAME
      HELLO 1
      HELLO 4
      HELLO x
      HELLO 3 AUTH default
      HELLO 3 SETNAME
      HELLO 3 SETNAME "bad name"
      HELLO 3 BOGUS
    `,
    // A refused login behind another command is not answered by Redis 8.0 and Valkey 8.0; conversations have some.
    auth: `
      AUTH default any
      AUTH any
      ACL SETUSER alice reset on >secret ~* &* +@all
      AUTH alice secret
      ACL WHOAMI
      AUTH default any
      ACL WHOAMI
      ACL DELUSER alice
    `,
    select: `
      SELECT 1
      SET k one
      SELECT 0
      GET k
      SELECT 1
      GET k
      SELECT 16
      SELECT x
      SELECT -1
      SELECT 99999999999
      SELECT 99999999999999999999
    `,
    'reset and quit': `
      SELECT 1
      CLIENT SETNAME me
      RESET
      CLIENT GETNAME
      PING
      QUIT
    `,
    'transaction commands': `
      MULTI
      SET k 1
      INCR k
      EXEC
      MULTI
      MULTI
      EXEC
      MULTI
      WATCH k
      EXEC
      MULTI
      SET k
      EXEC
      MULTI
      SET k 5
      DISCARD
      WATCH k other
      SET k 2
      MULTI
      SET k 3
      EXEC
      WATCH k
      UNWATCH
      SET k 4
      MULTI
      GET k
      EXEC
    `,
    'client names': `
      CLIENT GETNAME
      CLIENT SETNAME me
      CLIENT GETNAME
      CLIENT SETNAME "bad name"
      CLIENT SETNAME ""
      CLIENT GETNAME
      CLIENT SETINFO LIB-NAME lib
      CLIENT SETINFO LIB-VER 1.0
      CLIENT SETINFO BOGUS 1.0
      CLIENT SETINFO LIB-NAME "bad name"
      ~shape CLIENT ID
      ~shape CLIENT INFO
    `,
    'client switches': `
      CLIENT NO-EVICT ON
      CLIENT NO-EVICT OFF
      CLIENT NO-EVICT BOGUS
      CLIENT NO-TOUCH ON
      CLIENT NO-TOUCH OFF
      CLIENT NO-TOUCH BOGUS
      CLIENT CAPA redirect
      CLIENT IMPORT-SOURCE ON
      CLIENT IMPORT-SOURCE OFF
      CLIENT IMPORT-SOURCE BOGUS
      CLIENT REPLY ON
      CLIENT REPLY BOGUS
    `,
    'client tracking': `
      CLIENT GETREDIR
      CLIENT TRACKINGINFO
      CLIENT CACHING YES
      CLIENT CACHING BOGUS
      CLIENT TRACKING BOGUS
      CLIENT TRACKING ON BCAST OPTIN
      CLIENT TRACKING ON OPTIN OPTOUT
      CLIENT TRACKING ON PREFIX a
      CLIENT TRACKING ON BCAST PREFIX a PREFIX ab
      CLIENT TRACKING ON REDIRECT 99999999
      CLIENT TRACKING ON REDIRECT x
      CLIENT TRACKING ON BOGUS
      CLIENT TRACKING OFF
      CLIENT TRACKINGINFO
      CLIENT GETREDIR
    `,
    'client tracking opt-in': `
      ~shape HELLO 3
      CLIENT TRACKING ON OPTIN NOLOOP
      CLIENT CACHING NO
      CLIENT CACHING YES
      CLIENT TRACKINGINFO
      CLIENT GETREDIR
      CLIENT TRACKING ON OPTOUT
      CLIENT TRACKING OFF
      CLIENT TRACKING ON BCAST PREFIX a PREFIX b
      CLIENT TRACKINGINFO
      CLIENT TRACKING OFF
    `,
    'clients about others': `
      ~shape CLIENT LIST
      ~shape CLIENT LIST TYPE normal
      CLIENT LIST TYPE pubsub
      CLIENT LIST TYPE bogus
      CLIENT LIST ID
      CLIENT LIST ID x
      CLIENT LIST BOGUS
      CLIENT KILL 1.2.3.4:5
      CLIENT KILL ID 99999999
      CLIENT KILL ID x
      CLIENT KILL ID -1
      CLIENT KILL TYPE bogus
      CLIENT KILL TYPE pubsub
      CLIENT KILL USER nobody
      CLIENT KILL ADDR 1.2.3.4:5
      CLIENT KILL LADDR 1.2.3.4:5
      CLIENT KILL SKIPME maybe
      CLIENT KILL ADDR 1.2.3.4:5 SKIPME no
      CLIENT KILL MAXAGE 1000000
      CLIENT KILL MAXAGE x
      CLIENT KILL BOGUS x
      CLIENT KILL a b c
      CLIENT PAUSE x
      CLIENT PAUSE -1
      CLIENT PAUSE 0
      CLIENT PAUSE 1 WRITE
      CLIENT PAUSE 1 ALL
      CLIENT PAUSE 1 BOGUS
      CLIENT UNPAUSE
      CLIENT UNBLOCK 99999999
      CLIENT UNBLOCK x
      CLIENT UNBLOCK 99999999 TIMEOUT
      CLIENT UNBLOCK 99999999 ERROR
      CLIENT UNBLOCK 99999999 BOGUS
    `,
    'replicas introduce themselves': `
      REPLCONF listening-port 1
      REPLCONF capa eof capa psync2
      REPLCONF BOGUS x
      REPLCONF listening-port x
    `,
    'slots move between nodes': `
      CLUSTER SYNCSLOTS ESTABLISH
    `,
    'cluster modes of a connection': `
      READONLY
      READWRITE
      ASKING
    `,
  },
  true,
);

export const connectionCases: readonly CommandCase[] = [...onSharedConnection, ...onOwnConnection];
