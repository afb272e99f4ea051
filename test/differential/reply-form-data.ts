/**
 * A conversation for every command: played once in each protocol, the replies to one line are the two forms of one
 * value. Data types and scripts. Data only.
 *
 * Lines are separated by semicolons, words by spaces; double quotes join words.
 */
import type { ReplyFormGroup } from './reply-form-groups.ts';

export const dataGroups: readonly ReplyFormGroup[] = [
  {
    name: 'strings',
    commands: `
      SET k v ; SET k w GET ; SET none w XX ; SET none w XX GET ; SET k x IFEQ x ; GET k ; GET none ; GETSET k 5 ;
      GETSET new 5 ; GETEX k PERSIST ; GETEX none ; GETDEL new ; GETDEL new ; SETNX k 1 ; SETEX e 100 v ;
      PSETEX e 100000 v ; APPEND k 1 ; STRLEN k ; GETRANGE k 0 0 ; SUBSTR k 0 0 ; SETRANGE k 3 x ; SET a ohmytext ;
      SET b mynewtext ; LCS a b ; LCS a b LEN ; LCS a b IDX ; LCS a b IDX WITHMATCHLEN ;
      LCS a b idx minmatchlen 4 withmatchlen ; LCS a none IDX ; DELIFEQ a zzz ; DELEX a ; MSET n 1 m 2 ;
      MSETNX n 1 o 2 ; MSETEX 2 n 1 m 2 EX 100 ; MGET n none m ; INCR n ; DECR n ; INCRBY n 5 ; DECRBY n 5 ;
      INCRBYFLOAT n 1.5 ; INCR b ; GET ; DIGEST n
    `,
  },
  {
    name: 'keys',
    commands: `
      MSET a 1 b 2 c 3 ; EXISTS a b none ; TOUCH a ; TYPE a ; TYPE none ; RENAME a d ; RENAMENX b c ; COPY c e ;
      MOVE e 1 ; EXPIRE c 1000 ; PEXPIRE c 1000000 ; EXPIREAT c 4102444800 ; PEXPIREAT c 4102444800000 ; TTL c ;
      PTTL c ; EXPIRETIME c ; PEXPIRETIME c ; PERSIST c ; KEYS c* ; KEYS none* ; SCAN 0 MATCH zzz COUNT 100 ;
      SCAN 0 COUNT 100 TYPE string ; RANDOMKEY ; SELECT 5 ; RANDOMKEY ; SELECT 0 ; RPUSH l 3 1 2 ; SORT l ;
      SORT l BY nosort GET w_* GET # ; SORT l STORE m ; SORT_RO l DESC ; DUMP none ; RESTORE-ASKING r 0 bad ;
      RESTORE r 0 bad ; MIGRATE 127.0.0.1 1 none 0 10 ; OBJECT ENCODING c ; OBJECT ENCODING none ; OBJECT FREQ c ;
      OBJECT IDLETIME c ; OBJECT REFCOUNT c ; OBJECT REFCOUNT none ; OBJECT HELP ; WAIT 0 1 ; WAITAOF 0 0 1 ;
      DEL c none ; UNLINK d ; SWAPDB 0 1 ; SWAPDB 0 1 ; FLUSHDB ; FLUSHALL
    `,
  },
  {
    name: 'hashes',
    commands: `
      HSET h f v ; HMSET h g w n 5 ; HGET h f ; HGET h none ; HGET none f ; HMGET h f none ; HGETALL h ;
      HGETALL none ; HKEYS h ; HVALS h ; HKEYS none ; HLEN h ; HEXISTS h f ; HSTRLEN h f ; HSETNX h f v ;
      HINCRBY h n 1 ; HINCRBYFLOAT h n 1.5 ; HRANDFIELD none ; HRANDFIELD none 2 ; HRANDFIELD none 2 WITHVALUES ;
      HSET one f v ; HRANDFIELD one ; HRANDFIELD one 2 ; HRANDFIELD one 5 WITHVALUES ;
      HRANDFIELD one -3 withvalues ; HSCAN one 0 ; HSCAN one 0 NOVALUES ; HEXPIRE h 1000 FIELDS 2 f none ;
      HPEXPIRE h 1000000 FIELDS 1 f ; HEXPIREAT h 4102444800 FIELDS 1 f ; HPEXPIREAT h 4102444800000 FIELDS 1 f ;
      HTTL h FIELDS 2 f g ; HPTTL h FIELDS 1 g ; HEXPIRETIME h FIELDS 2 f g ; HPEXPIRETIME h FIELDS 2 f g ;
      HPERSIST h FIELDS 1 f ; HTTL none FIELDS 1 f ; HEXPIRE none 100 FIELDS 1 f ; HGETEX h EX 100 FIELDS 2 f none ;
      HGETEX none EX 100 FIELDS 2 f none ; HSETEX h EX 100 FIELDS 1 f v ; HGETDEL h FIELDS 2 f none ;
      HGETDEL none FIELDS 1 f ; HDEL h f ; SET s v ; HGETALL s
    `,
  },
  {
    name: 'lists',
    commands: `
      RPUSH l a b c d e f ; LPUSH l z ; LPUSHX none z ; RPUSHX none z ; LRANGE l 0 -1 ; LRANGE none 0 -1 ; LPOP l ;
      LPOP l 2 ; LPOP l 0 ; LPOP none ; LPOP none 2 ; LPOP none 0 ; RPOP l 1 ; RPOP none 1 ; RPOP none ;
      LMPOP 1 l LEFT ; LMPOP 1 none LEFT ; LLEN l ; LINDEX l 0 ; LINDEX l 99 ; LSET l 0 q ; LINSERT l BEFORE q p ;
      LREM l 0 p ; LTRIM l 0 -1 ; LPOS l q ; LPOS l none ; LPOS l q COUNT 0 ; LPOS l none COUNT 0 ;
      LPOS none q COUNT 0 ; LMOVE l m LEFT RIGHT ; LMOVE none m LEFT RIGHT ; RPOPLPUSH m m ; RPOPLPUSH none m ;
      BLPOP m 1 ; BLPOP m 0.01 ; RPUSH m 1 2 3 4 5 ; BRPOP none m 1 ; BRPOP none 0.01 ; BLMPOP 1 1 m LEFT COUNT 1 ;
      BLMPOP 0.01 1 none LEFT ; BLMOVE m m LEFT RIGHT 1 ; BLMOVE none m LEFT RIGHT 0.01 ; BRPOPLPUSH m m 1 ;
      BRPOPLPUSH none m 0.01
    `,
  },
  {
    name: 'sets',
    commands: `
      SADD s 1 2 3 ; SADD t 2 3 4 ; SREM t 4 ; SMEMBERS s ; SMEMBERS none ; SISMEMBER s 1 ; SMISMEMBER s 1 9 ;
      SCARD s ; SMOVE s t 1 ; SUNION s t ; SUNION none ; SINTER s t ; SINTER s none ; SDIFF t s ; SDIFF none ;
      SUNIONSTORE d s t ; SINTERSTORE d s t ; SDIFFSTORE d s t ; SINTERCARD 2 s t ; SADD one x ; SRANDMEMBER one ;
      SRANDMEMBER one 2 ; SRANDMEMBER one -2 ; SRANDMEMBER none ; SRANDMEMBER none 2 ; SSCAN one 0 ; SPOP one 2 ;
      SPOP one 2 ; SPOP one ; SADD one x ; SPOP one ; SADD one x ; SPOP one 0
    `,
  },
  {
    name: 'sorted sets',
    commands: `
      ZADD z 1 a 2.5 b 3 c inf d -inf e 1e30 f 0.1 g ; ZADD z CH 5 a ; ZADD z INCR 1 a ; ZADD z nx incr 1 a ;
      ZADD z NX INCR 1 new ; ZADD z XX INCR 1 zz ; ZADD incr 1 incr ; ZINCRBY z 1.5 a ; ZREM z new ; ZSCORE z a ;
      ZSCORE z d ; ZSCORE z none ; ZSCORE none none ; ZMSCORE z a none g f ; ZMSCORE none a ; ZCARD z ;
      ZCOUNT z -inf +inf ; ZLEXCOUNT z - + ; ZRANK z a ; ZRANK z a WITHSCORE ; ZRANK z none withscore ;
      ZRANK z none ; ZREVRANK z a ; ZREVRANK z a WITHSCORE ; ZREVRANK none a WITHSCORE ; ZRANGE z 0 -1 ;
      ZRANGE z 0 -1 WITHSCORES ; ZRANGE z 0 -1 REV withscores ; ZRANGE z -inf +inf BYSCORE LIMIT 0 2 WITHSCORES ;
      ZRANGE none 0 -1 WITHSCORES ; ZRANGE z (1 +inf BYSCORE ; ZRANGE z - + BYLEX ; ZRANGESTORE dst z 0 -1 ;
      ZRANGEBYSCORE z -inf +inf ; ZRANGEBYSCORE z -inf +inf WITHSCORES ; ZRANGEBYSCORE none 0 1 WITHSCORES ;
      ZREVRANGEBYSCORE z +inf -inf WITHSCORES LIMIT 0 2 ; ZRANGEBYLEX z - + ; ZREVRANGEBYLEX z + - ;
      ZREVRANGE z 0 -1 ; ZREVRANGE z 0 -1 WITHSCORES ; ZADD y 1 a 2 x ; ZUNION 2 z y ; ZUNION 2 z y WITHSCORES ;
      ZUNION 2 z y WEIGHTS 2 3 AGGREGATE MAX withscores ; ZINTER 2 z y ; ZINTER 2 z y WITHSCORES ; ZDIFF 2 y z ;
      ZDIFF 2 y z WITHSCORES ; ZDIFF 1 none WITHSCORES ; ZUNIONSTORE dst 2 z y ; ZINTERSTORE dst 2 z y ;
      ZINTERCARD 2 z y ; ZDIFFSTORE dst 2 z y ; ZRANDMEMBER none ; ZRANDMEMBER none 2 ;
      ZRANDMEMBER none 2 WITHSCORES ; ZADD one 1.5 m ; ZRANDMEMBER one ; ZRANDMEMBER one 2 ;
      ZRANDMEMBER one 3 WITHSCORES ; ZRANDMEMBER one -3 withscores ; ZSCAN one 0 ; ZPOPMIN z ; ZPOPMAX z ;
      ZPOPMIN z 2 ; ZPOPMAX z 1 ; ZPOPMIN none ; ZPOPMIN none 2 ; ZPOPMIN z 0 ; ZMPOP 1 z MIN ;
      ZMPOP 1 z MAX COUNT 2 ; ZMPOP 1 none MIN ; ZADD z 1 a 2.5 b 3 c 4 d 5 e 6 f ; BZPOPMIN z 1 ;
      BZPOPMAX none z 1 ; BZPOPMIN none 0.01 ; BZMPOP 1 1 z MIN COUNT 2 ; BZMPOP 0.01 1 none MIN ;
      ZREMRANGEBYRANK z 0 0 ; ZREMRANGEBYSCORE z 0 1 ; ZREMRANGEBYLEX z [a [a
    `,
  },
  {
    name: 'streams',
    commands: `
      XADD x 1-1 f v g w ; XADD x 2-1 f v ; XADD x 3-1 f v ; XADD none NOMKSTREAM * f v ; XLEN x ; XRANGE x - + ;
      XRANGE x - + COUNT 0 ; XRANGE none - + ; XREVRANGE x + - ; XREAD COUNT 1 STREAMS x 0 ; XADD y 1-1 f v ;
      XREAD COUNT 1 STREAMS x y 0 0 ; XREAD STREAMS x $ ; XREAD BLOCK 1 STREAMS x $ ; XREAD BLOCK 1 STREAMS x 0 ;
      XREAD STREAMS x + ; XGROUP CREATE x g 0 ; XGROUP CREATE y g 0 ; XGROUP CREATE x e 0 ENTRIESREAD 1 ;
      XGROUP CREATECONSUMER x g idle ; XREADGROUP GROUP g c COUNT 2 STREAMS x > ;
      XREADGROUP GROUP g c STREAMS x y > > ; XREADGROUP GROUP g c STREAMS x > ;
      XREADGROUP GROUP g c BLOCK 1 STREAMS x > ; XREADGROUP GROUP g c STREAMS x 0 ; XDEL x 2-1 ;
      XREADGROUP GROUP g c STREAMS x 0 ; XPENDING x g ; XPENDING x g - + 10 ; XPENDING x e ;
      XPENDING x g 10-0 + 10 ; XINFO STREAM x ; XINFO STREAM x FULL ; XINFO STREAM x FULL COUNT 1 ;
      XINFO STREAM none ; XINFO GROUPS x ; XINFO GROUPS none ; XINFO CONSUMERS x g ; XINFO CONSUMERS x e ;
      XINFO HELP ; XADD empty 1-1 f v ; XDEL empty 1-1 ; XINFO STREAM empty ; XINFO STREAM empty FULL ;
      XCLAIM x g d 0 1-1 ; XCLAIM x g d 0 1-1 JUSTID ; XCLAIM x g d 0 2-1 ; XAUTOCLAIM x g c 0 0 COUNT 1 ;
      XAUTOCLAIM x g d 0 0 JUSTID ; XACK x g 1-1 ; XACKDEL x g IDS 1 3-1 ; XDELEX x IDS 1 3-1 ; XTRIM x MAXLEN 1 ;
      XSETID x 9-9 ; XGROUP SETID x g $ ; XGROUP DELCONSUMER x g d ; XGROUP DESTROY x g ; XGROUP HELP ;
      XREAD BLOCK x
    `,
  },
  {
    name: 'bits, HyperLogLog and geo',
    commands: `
      SETBIT b 7 1 ; GETBIT b 7 ; BITCOUNT b ; BITPOS b 1 ; BITOP NOT c b ;
      BITFIELD b GET u8 0 SET u8 0 255 OVERFLOW FAIL INCRBY u8 0 10 ; BITFIELD none ; BITFIELD_RO b GET u8 0 ;
      PFADD h a b c ; PFCOUNT h ; PFMERGE i h ; PFDEBUG ENCODING h ; PFDEBUG GETREG h ; PFDEBUG DECODE i ;
      PFDEBUG TODENSE i ; GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania ; GEOPOS g Palermo none ;
      GEOPOS none Palermo ; GEODIST g Palermo Catania km ; GEODIST g Palermo none ; GEOHASH g Palermo none ;
      GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC ;
      GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD ;
      GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHCOORD WITHDIST WITHHASH ;
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km ASC withdist ;
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km ASC WITHHASH ;
      GEOSEARCH none FROMLONLAT 15 37 BYRADIUS 200 km WITHCOORD ;
      GEOSEARCHSTORE dst g FROMLONLAT 15 37 BYRADIUS 200 km ; GEORADIUS g 15 37 200 km WITHDIST ASC ;
      GEORADIUS g 15 37 200 km WITHCOORD WITHDIST WITHHASH ASC ; GEORADIUS g 15 37 200 km ASC ;
      GEORADIUS g 15 37 200 km STORE dst ; GEORADIUS none 15 37 200 km ; GEORADIUS_RO g 15 37 200 km WITHCOORD ASC ;
      GEORADIUSBYMEMBER g Palermo 200 km WITHCOORD ASC ;
      GEORADIUSBYMEMBER_RO g Palermo 200 km WITHCOORD WITHDIST ASC
    `,
  },
  {
    name: 'scripts and functions',
    commands: String.raw`
      EVAL "return {1,2.9,'x',false,{ok='fine'},{1,{2}}}" 0 ; EVAL "return true" 0 ;
      EVAL "return redis.call('hgetall',KEYS[1])" 1 none ; EVAL_RO "return redis.call('get',KEYS[1])" 1 none ;
      EVAL "return redis.error_reply('MY error')" 0 ; SCRIPT LOAD "return false" ;
      EVALSHA 4a2267357833227dd98abdedb8cf24b15a986445 0 ; EVALSHA_RO 4a2267357833227dd98abdedb8cf24b15a986445 0 ;
      SCRIPT EXISTS 4a2267357833227dd98abdedb8cf24b15a986445 0000000000000000000000000000000000000000 ;
      SCRIPT SHOW 4a2267357833227dd98abdedb8cf24b15a986445 ; SCRIPT FLUSH ; SCRIPT KILL ; SCRIPT HELP ;
      FUNCTION LOAD "#!lua name=lib\nredis.register_function{function_name='f', callback=function() return 1 end,
      flags={'no-writes'}}" ;
      FUNCTION LIST ; FUNCTION LIST WITHCODE ; FUNCTION LIST LIBRARYNAME none ; FCALL f 0 ; FCALL_RO f 0 ;
      FCALL none 0 ; FUNCTION STATS ; FUNCTION KILL ; FUNCTION RESTORE bad ; FUNCTION DELETE lib ; FUNCTION STATS ;
      FUNCTION DUMP ; FUNCTION LIST ; FUNCTION FLUSH ; FUNCTION HELP
    `,
  },
  {
    name: 'vector sets',
    commands: String.raw`
      VADD v VALUES 3 1 0 0 a ; VADD v VALUES 3 0 1 0 b SETATTR "{\"n\":1}" ; VADD v VALUES 3 0 1 0 b ; VCARD v ;
      VCARD none ; VDIM v ; VEMB v a ; VEMB v none ; VEMB v a RAW ; VGETATTR v b ; VGETATTR v a ;
      VSETATTR v a "{\"n\":2}" ; VSETATTR v none "{}" ; VINFO v ; VINFO none ; VISMEMBER v a ; VISMEMBER v none ;
      VLINKS v a ; VLINKS v a WITHSCORES ; VLINKS v none ; VRANDMEMBER v ; VRANDMEMBER v 1 ; VRANDMEMBER none ;
      VRANDMEMBER none 3 ; VSIM v ELE a ; VSIM v ELE a WITHSCORES ; VSIM v ELE a WITHSCORES WITHATTRIBS ;
      VSIM v ELE a WITHATTRIBS ; VSIM v VALUES 3 1 0 0 withscores TRUTH ; VSIM none ELE a ; VRANGE v - + 5 ;
      VREM v a ; VREM v none
    `,
  },
];
