/** Cases of commands on data that their grammar alone does not lead to: results that depend on what is there. */
import { type CommandCase, casesOf } from '../command-text.ts';

export const dataCommandCases: readonly CommandCase[] = casesOf({
  'keys that move': `
    SET k v
    MIGRATE 127.0.0.1 1 missing 0 10
    MIGRATE 127.0.0.1 1 k 0 10
    MIGRATE 127.0.0.1 1 k 0 10 COPY REPLACE
    MIGRATE 127.0.0.1 1 "" 0 10 KEYS k missing
    MIGRATE 127.0.0.1 1 k 0 10 KEYS k
    MIGRATE 127.0.0.1 1 k 0 10 BOGUS
    MIGRATE 127.0.0.1 1 k x 10
    RESTORE k 0 garbage
    RESTORE d -1 garbage
    RESTORE-ASKING d 0 garbage
    WAIT 0 10
    WAIT 1 10
    WAIT x 10
    WAIT 0 x
    WAIT 0 -1
    WAITAOF 0 0 10
    WAITAOF 0 1 10
    WAITAOF 1 1 10
    WAITAOF 2 0 10
    WAITAOF 0 0 -1
  `,
  'options that do nothing without others, or without the right data': `
    ZADD names 0 a 0 b 0 c 0 d
    ZRANGE names [b (d BYLEX
    ZRANGE names + - BYLEX REV LIMIT 1 2
    ZRANGESTORE d names - [b BYLEX
    ZADD z 1 a 2 b 3 c
    ZRANGESTORE d z (1 3 BYSCORE
    ZRANGE d 0 -1 WITHSCORES
    HSET numbers f 2 g 1.5
    HINCRBY numbers f 5
    HINCRBYFLOAT numbers g 0.25
    XADD x 1-1 f v
    XSETID x 3-1 ENTRIESADDED 5
    XGROUP CREATE new g $ MKSTREAM
    GEOADD g 13.361389 38.115556 a 15.087269 37.502669 b 13.5 38.1 c
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD WITHDIST WITHHASH
    GEOSEARCH g FROMMEMBER a BYBOX 400 400 km DESC COUNT 2
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 mi COUNT 1 ANY WITHCOORD
    GEOSEARCH g BYPOLYGON 4 13 37 13 39 16 39 16 37 ASC WITHDIST
    GEOSEARCHSTORE d g FROMLONLAT 15 37 BYBOX 400 400 mi ASC COUNT 2 STOREDIST
    GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1 ANY
    GEOSEARCHSTORE d g BYPOLYGON 4 13 37 13 39 16 39 16 37
    VADD vr REDUCE 2 VALUES 3 1 0 0 e1
    VADD vn VALUES 3 1 0 0 e1 NOQUANT
    VADD vb VALUES 3 1 0 0 e1 BIN
    VADD vm VALUES 3 1 0 0 e1 M 8
    VSIM vn VALUES 3 1 0 0
    RESTORE-ASKING r 0 "\\x00\\x03abc\\x09\\x00\\x09\\x5ea\\xf1\\x15\\xf4\\xc1S"
    GET r
    RESTORE-ASKING r 4102444800000 "\\x00\\x03abc\\x09\\x00\\x09\\x5ea\\xf1\\x15\\xf4\\xc1S" REPLACE ABSTTL IDLETIME 1
    PEXPIRETIME r
    RESTORE-ASKING r 0 "\\x00\\x03abc\\x09\\x00\\x09\\x5ea\\xf1\\x15\\xf4\\xc1S" REPLACE FREQ 5
    RESTORE w 100000 "\\x00\\x03abc\\x09\\x00\\x09\\x5ea\\xf1\\x15\\xf4\\xc1S"
    GET w
  `,
  'object of what is there': `
    OBJECT ENCODING missing
    OBJECT REFCOUNT missing
    OBJECT IDLETIME missing
    OBJECT FREQ missing
    SET k 1
    OBJECT ENCODING k
    OBJECT FREQ k
    OBJECT REFCOUNT k
    SET k hello
    OBJECT ENCODING k
    OBJECT HELP
    OBJECT BOGUS
  `,
  hyperloglogs: `
    PFADD p a b c
    PFADD p a
    PFCOUNT p
    PFADD q c d
    PFCOUNT p q
    PFMERGE r p q
    PFCOUNT r
    PFDEBUG ENCODING p
    PFDEBUG DECODE p
    PFDEBUG TODENSE p
    PFDEBUG GETREG missing
    PFDEBUG BOGUS p
    SET s x
    PFADD s a
    PFCOUNT s
    PFMERGE r s
  `,
  sorting: `
    RPUSH l 3 1 2
    SORT l
    SORT l DESC LIMIT 0 2
    SORT l ALPHA STORE d
    LRANGE d 0 -1
    MSET w_1 3 w_2 2 w_3 1 o_1 a o_2 b o_3 c
    SORT l BY w_* GET o_* GET #
    SORT l BY nosort
    SORT_RO l BY w_* DESC
    RPUSH m a b
    SORT m
    SORT m ALPHA
    SORT l LIMIT x 1
    SORT l BOGUS
  `,
  'streams and their groups': `
    XADD x 1-1 a 1
    XADD x 1-1 a 1
    XADD x 0-0 a 1
    XADD x 1-* a 2
    XADD x 2-1 a 3 b 4
    XADD x NOMKSTREAM MAXLEN = 10 3-1 a 5
    XGROUP CREATE x g 0 ENTRIESREAD 0
    XGROUP CREATE x g 0
    XGROUP CREATE missing g 0
    XGROUP CREATE missing g $ MKSTREAM
    XREADGROUP GROUP g one COUNT 2 STREAMS x >
    XREADGROUP GROUP g two NOACK STREAMS x >
    XREADGROUP GROUP g one STREAMS x 0
    XPENDING x g
    ~shape XPENDING x g - + 10 one
    ~shape XPENDING x g IDLE 0 - + 10
    ~shape XINFO STREAM x FULL
    XINFO STREAM x
    XINFO GROUPS x
    ~shape XINFO CONSUMERS x g
    XCLAIM x g two 0 1-1 JUSTID
    XCLAIM x g two 0 1-1 TIME 1000 RETRYCOUNT 5 FORCE
    XAUTOCLAIM x g three 0 - COUNT 10
    XAUTOCLAIM x g three 0 - JUSTID
    XACK x g 1-1 9-9
    XGROUP CREATECONSUMER x g four
    XGROUP DELCONSUMER x g three
    XGROUP SETID x g $
    XSETID x 9-1 ENTRIESADDED 9 MAXDELETEDID 3-1
    XSETID x 1-0
    XTRIM x MINID 2
    XTRIM x MAXLEN ~ 1 LIMIT 10
    XDEL x 2-1
    XLEN x
    XRANGE x (1 + COUNT 1
    XREVRANGE x + - COUNT 2
    XREAD COUNT 1 STREAMS x missing 0 0
    XREAD STREAMS x +
    XGROUP DESTROY x g
    XREADGROUP GROUP g one STREAMS x >
  `,
  bits: `
    SET b foobar
    BITCOUNT b 1 1 BIT
    BITCOUNT b 0 -1 BYTE
    BITPOS b 1 2 -1 BIT
    BITPOS b 0
    SETBIT b 100 1
    GETBIT b 100
    BITOP OR d b missing
    BITOP NOT d b
    BITOP XOR d b b
    BITOP AND d b b
    BITOP DIFF d b b
    BITOP NOT d b b
    BITFIELD b GET u8 0 SET i5 #1 7 OVERFLOW SAT INCRBY u2 0 9 OVERFLOW FAIL INCRBY u2 0 9
    BITFIELD b GET u65 0
    BITFIELD_RO b GET i64 0
    BITFIELD_RO b SET u8 0 1
  `,
  vectors: `
    VADD v VALUES 3 1 0 0 a SETATTR "{\\"n\\":1}"
    VADD v VALUES 3 0 1 0 b
    VADD v VALUES 2 0 1 c
    VCARD v
    VDIM v
    VISMEMBER v a
    VEMB v a
    VGETATTR v a
    VSIM v VALUES 3 1 0 0 COUNT 1
    ~shape VSIM v ELE a WITHSCORES FILTER ".n == 1"
    ~shape VLINKS v a WITHSCORES
    ~shape VINFO v
    VREM v a
    VREM v a
  `,
  'times to live': `
    SET k v EX 100
    TTL k
    PTTL k
    EXPIRE k 200 GT
    EXPIRE k 50 GT
    EXPIRE k 300 NX
    EXPIREAT k 4102444800
    EXPIRETIME k
    PEXPIRETIME k
    PEXPIREAT k 4102444800001 XX
    PEXPIRETIME k
    PERSIST k
    TTL k
    GETEX k PXAT 4102444800000
    PEXPIRETIME k
    EXPIRE k -1
    EXISTS k
    HSET h f v g w
    HEXPIRE h 100 FIELDS 2 f missing
    HTTL h FIELDS 2 f g
    HEXPIREAT h 4102444800 FIELDS 1 f
    HEXPIRETIME h FIELDS 1 f
    HPERSIST h FIELDS 2 f g
    HGETEX h EX 100 FIELDS 1 f
    HSETEX h FNX EX 100 FIELDS 1 new v
    HGETDEL h FIELDS 1 f
    HGETALL h
  `,
});
