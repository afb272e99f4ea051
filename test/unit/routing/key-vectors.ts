/**
 * Commands and their keys, for the unit test and for the comparison with COMMAND GETKEYS of real servers. `*name*` is
 * a key; `refused` where the server finds none because the arguments are wrong.
 */
export interface KeyVector {
  readonly args: readonly string[];
  /** Argument indexes, in the server's order. */
  readonly keys: readonly number[];
  /** COMMAND GETKEYS answers an error: the command takes no keys, or the arguments are malformed. */
  readonly refused: boolean;
}

function vector(line: string): KeyVector {
  const refused = line.startsWith('! ');
  const words = line
    .slice(refused ? 2 : 0)
    .split(' ')
    .map((word) => (word === "''" ? '' : word));
  const keys: number[] = [];
  const args = words.map((word, index) => {
    if (!/^\*.+\*$/.test(word)) return word;
    keys.push(index);
    return word.slice(1, -1);
  });
  return { args, keys, refused };
}

export const keyVectors: readonly KeyVector[] = `
GET *a*
MGET *a* *b* *c*
MSET *a* 1 *b* 2
DEL *a* *b*
RENAME *a* *b*
SINTERSTORE *d* *a* *b*
BLPOP *a* *b* 0
BZPOPMIN *a* 0
BITOP AND *d* *a* *b*
OBJECT ENCODING *a*
MEMORY USAGE *a* SAMPLES 5
XGROUP CREATE *s* g $ MKSTREAM
XINFO STREAM *s* FULL
LMOVE *a* *b* LEFT RIGHT
SMOVE *a* *b* m
COPY *a* *b* DB 1
LCS *a* *b*
PFCOUNT *a* *b*
PFMERGE *d* *a* *b*
GEOSEARCHSTORE *d* *a* FROMMEMBER m BYRADIUS 1 m
ZRANGESTORE *d* *a* 0 -1
WATCH *a* *b*
EVAL script 2 *a* *b* c
EVALSHA sha 1 *a*
FCALL f 1 *a* x
EVAL_RO script 1 *a*
FCALL_RO f 1 *a* x
ZUNIONSTORE *d* 2 *a* *b* WEIGHTS 1 2
ZINTER 2 *a* *b* WITHSCORES
ZINTERCARD 2 *a* *b* LIMIT 1
ZDIFF 1 *a*
SINTERCARD 2 *a* *b*
LMPOP 2 *a* *b* LEFT
BLMPOP 0 2 *a* *b* LEFT
ZMPOP 1 *a* MIN
BZMPOP 0 1 *a* MAX
XREAD STREAMS *a* *b* 0 0
XREAD COUNT 1 BLOCK 0 streams *a* 0
XREAD COUNT 2 STREAMS *STREAMS* 0
XREADGROUP GROUP g c STREAMS *a* *b* > >
XREADGROUP GROUP g c COUNT 1 NOACK STREAMS *a* >
SORT *a*
SORT *a* BY w_* GET # STORE *d*
SORT *a* LIMIT 0 1 STORE x STORE *d*
SORT *a* BY store STORE *d*
SORT_RO *a* BY w_* GET g_*
GEORADIUS *a* 1 1 1 km
GEORADIUS *a* 1 1 1 km STORE *d*
GEORADIUS *a* 1 1 1 km COUNT 1 storedist *d*
GEORADIUSBYMEMBER *a* m 1 km STORE *d*
GEORADIUSBYMEMBER_RO *a* m 1 km
MIGRATE h 1 *a* 0 10
MIGRATE h 1 '' 0 10 COPY KEYS *a* *b*
MIGRATE h 1 '' 0 10 AUTH KEYS KEYS *a* *b*
MIGRATE h 1 '' 0 10 AUTH2 KEYS KEYS KEYS *a*
SET *a* 1
SET *a* 1 GET
BITFIELD *a* GET u8 0
BITFIELD *a* SET u8 0 1
DUMP *a*
RESTORE *a* 0 x
LINSERT *a* BEFORE p e
! EVAL script 0
! EVAL script 3 a b
! EVAL script x a
! ZUNIONSTORE d 3 a b
! ZINTER 0 a
! LMPOP -1 a LEFT
! PING
! GET
! ECHO a
`
  .split('\n')
  .filter((line) => line !== '')
  .map(vector);
