/** Cases of scripts and functions. */
import { type CommandCase, casesOf } from '../command-text.ts';

const LIBRARY =
  "FUNCTION LOAD \"#!lua name=lib\\nredis.register_function('f', function(keys, args) return {#keys, #args} end)\\n" +
  "redis.register_function{function_name='r', callback=function(k) return redis.call('get', k[1]) end, " +
  "flags={'no-writes'}}\"";

export const scriptingCases: readonly CommandCase[] = casesOf({
  eval: `
    SCRIPT FLUSH SYNC
    EVAL "return 1" 0
    EVAL "return {1, 2.9, 'x', false, true, {ok = 'fine'}, {err = 'MY error'}}" 0
    EVAL "return {KEYS[1], ARGV[1]}" 1 k v
    EVAL "return redis.call('SET', KEYS[1], ARGV[1])" 1 k v
    EVAL "return redis.call('GET', KEYS[1])" 1 k
    EVAL "return redis.call('INCR', KEYS[1])" 1 k
    EVAL "return redis.pcall('INCR', KEYS[1])" 1 k
    EVAL "return redis.error_reply('MY error')" 0
    EVAL "return redis.status_reply('fine')" 0
    EVAL "return redis.sha1hex('')" 0
    EVAL "redis.setresp(3) return redis.call('HGETALL', KEYS[1])" 1 missing
    EVAL "redis.setresp(3) return {double = 1.5}" 0
    EVAL "return {map = {a = 1}}" 0
    EVAL "return {big_number = '123'}" 0
    EVAL "return {verbatim_string = {format = 'txt', string = 'x'}}" 0
    EVAL "error('thrown')" 0
    EVAL "return undefined_global" 0
    EVAL "this is no lua" 0
    EVAL "return 1" 2 k
    EVAL "return 1" -1
    EVAL "return 1" x
    EVAL "#!lua flags=no-writes\\nreturn redis.call('SET', KEYS[1], 'v')" 1 k
    EVAL "#!lua flags=bogus\\nreturn 1" 0
    EVAL_RO "return redis.call('GET', KEYS[1])" 1 k
    EVAL_RO "return redis.call('SET', KEYS[1], 'v')" 1 k
    EVAL_RO "return 1" x
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
    EVALSHA_RO ffffffffffffffffffffffffffffffffffffffff 0
    EVALSHA short 0
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db x
  `,
  script: `
    SCRIPT FLUSH
    SCRIPT LOAD "return 1"
    SCRIPT LOAD "no lua"
    SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db ffffffffffffffffffffffffffffffffffffffff
    SCRIPT SHOW e0e1f9fabfc9d4800c877a703b823ac0578ff8db
    SCRIPT SHOW ffffffffffffffffffffffffffffffffffffffff
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    SCRIPT FLUSH ASYNC
    SCRIPT FLUSH BOGUS
    EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
    SCRIPT KILL
    
    
    SCRIPT HELP
    SCRIPT BOGUS
  `,
  functions: `
    FUNCTION FLUSH
    ${LIBRARY}
    ${LIBRARY}
    ${LIBRARY.replace('LOAD', 'LOAD REPLACE')}
    FUNCTION LOAD "no library"
    FUNCTION LOAD "#!lua name=bad\\nno lua"
    FUNCTION LOAD "#!nosuch name=bad\\nreturn 1"
    FCALL f 1 k a b
    FCALL f 0
    FCALL f x
    FCALL f 2 k
    FCALL nosuch 0
    SET k v
    FCALL r 1 k
    FCALL_RO r 1 k
    FCALL_RO f 1 k
    FCALL_RO nosuch 0
    ~shape FUNCTION LIST
    ~shape FUNCTION LIST LIBRARYNAME l* WITHCODE
    FUNCTION LIST LIBRARYNAME nosuch
    FUNCTION LIST BOGUS
    FUNCTION STATS
    FUNCTION DUMP
    FUNCTION RESTORE garbage
    FUNCTION RESTORE garbage BOGUS
    FUNCTION KILL
    FUNCTION DELETE nosuch
    FUNCTION DELETE lib
    FUNCTION FLUSH ASYNC
    FUNCTION FLUSH BOGUS
    FUNCTION LIST
    FUNCTION HELP
    FUNCTION BOGUS
  `,
});
