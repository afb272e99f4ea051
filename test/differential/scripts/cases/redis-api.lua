-- redis.* and what becomes of the replies of commands. Scripts are divided by lines of four hyphens.
----
return redis.call()
----
return redis.pcall()
----
return redis.call('get')
----
return redis.pcall('get')
----
return redis.call('nosuch')
----
return redis.pcall('nosuch')
----
return redis.call('eval')
----
return redis.pcall('eval')
----
return redis.call('subscribe')
----
return redis.pcall('subscribe')
----
return redis.call('multi')
----
return redis.pcall('multi')
----
return redis.call('debug')
----
return redis.pcall('debug')
----
return redis.call('config')
----
return redis.pcall('config')
----
return redis.call('client')
----
return redis.pcall('client')
----
return redis.call('script')
----
return redis.pcall('script')
----
return redis.call('function')
----
return redis.pcall('function')
----
return redis.call('fcall')
----
return redis.pcall('fcall')
----
redis.call('eval','return 1',0)
----
return redis.call({})
----
return redis.call('get',{})
----
return redis.call('get',nil)
----
return redis.pcall('get',true)
----
return redis.pcall('get',function() end)
----
redis.call('set','k','v') return redis.call('incr','k')
----
redis.call('set','k','v') return redis.pcall('incr','k')
----
redis.call('set','k','v') local e=redis.pcall('incr','k') return {type(e),e.err,tostring(e.ignore_error_stats_update),tostring(e.source)}
----
redis.call('set','k','v') local e=redis.pcall('incr','k') local n={} for k,v in pairs(e) do n[#n+1]=k end return n
----
redis.call('set','k','v') return {redis.pcall('incr','k'),1}
----
return redis.call('set','k','v')
----
return redis.call('set','k','v').ok
----
local r=redis.call('set','k','v') local n={} for k,v in pairs(r) do n[#n+1]=k..tostring(v) end return n
----
return redis.call('set','k','v','bad')
----
return redis.call('get','none')
----
return {redis.call('get','none')==false,type(redis.call('get','none'))}
----
return redis.call('lrange','none',0,-1)
----
redis.call('rpush','l','a','b','c') return redis.call('lrange','l',0,-1)
----
redis.call('rpush','l','a','b','c') return #redis.call('lrange','l',0,-1)
----
redis.call('mset','a',1,'c',3) return redis.call('mget','a','b','c')
----
redis.call('hset','h','f','v') return redis.call('hgetall','h')
----
redis.call('zadd','z',1.5,'a',2,'b') return redis.call('zrange','z',0,-1,'withscores')
----
redis.call('set','k',string.char(0,1,255)) return redis.call('get','k')
----
return redis.call('GET','k')
----
return redis.call('gEt','k')
----
return redis.call('incrby','n',9007199254740993)
----
return redis.call('incrby','n','9223372036854775807')
----
redis.call('set','n','-9223372036854775808') return tostring(redis.call('incrby','n',0))
----
return redis.call('exists','a')+1
----
redis.call('set','k','1','px',100000) return redis.call('pttl','k')>0
----
return redis.call('type','k')
----
return redis.call('ping').ok..redis.call('echo','x')
----
for i=1,1000 do redis.call('rpush','l',i) end return redis.call('lrange','l',0,-1)
----
redis.call('set',KEYS[1] or 'kk',ARGV[1] or 'vv') return redis.call('get',KEYS[1] or 'kk')
----
return redis.call(unpack({'set','a','b'}))
----
local t={} for i=1,5000 do t[i]='x'..i end return redis.call('sadd','s',unpack(t))
----
return #redis.call('echo',('x'):rep(5000000))
----
return redis.call('echo',1)
----
return redis.call('echo',1e15)
----
return redis.call('echo',1e17)
----
return redis.call('echo',1e18)
----
return redis.call('echo',9007199254740993)
----
return redis.call('echo',2^53+2)
----
return redis.call('echo',2^63)
----
return redis.call('echo',-2^63)
----
return redis.call('echo',0.1)
----
return redis.call('echo',1e100)
----
return redis.call('echo',1/3)
----
return redis.call('echo',-0)
----
return redis.call('echo',0/0)
----
return redis.call('echo',-(0/0))
----
return redis.call('echo',1/0)
----
return redis.call('echo',-1/0)
----
return redis.call('echo',3.0)
----
return redis.call('echo',1e-7)
----
return redis.call('echo',123456789.123456789)
----
return redis.call('echo',5e-324)
----
return redis.call('echo',1.7976931348623157e308)
----
return redis.call('echo',1e20)
----
return redis.call('echo',1e21)
----
return redis.call('echo',1e22)
----
return redis.call('echo',1e7)
----
return redis.call('echo',1e8)
----
return redis.call('echo',123456.5e10)
----
return redis.call('echo',4.5e15)
----
return redis.call('echo',4.6e18)
----
return redis.call('echo',4.7e18)
----
return redis.call('echo',0.5)
----
return redis.call('echo',-1.5)
----
return redis.call('echo',1e14+0.5)
----
return redis.call('echo',12345678.5)
----
return redis.call('echo',1.1e-5)
----
return redis.call('echo',0.00001234)
----
return redis.call('echo',2^31)
----
return redis.call('echo',2^52)
----
redis.setresp(3) return redis.call('hgetall','nokey')
----
redis.call('hset','h','a','1') redis.setresp(3) return redis.call('hgetall','h')
----
redis.call('hset','h','a','1') redis.setresp(3) local m=redis.call('hgetall','h') return {type(m.map),m.map.a}
----
redis.call('sadd','s','a') redis.setresp(3) return redis.call('smembers','s')
----
redis.call('sadd','s','a') redis.setresp(3) local m=redis.call('smembers','s') return {type(m.set),m.set.a}
----
redis.call('zadd','z',1.5,'a') redis.setresp(3) return redis.call('zscore','z','a')
----
redis.call('zadd','z',1.5,'a') redis.setresp(3) local d=redis.call('zscore','z','a') return {type(d),tostring(d.double)}
----
redis.call('zadd','z','inf','a','-inf','b') redis.setresp(3) return {redis.call('zscore','z','a'),redis.call('zscore','z','b')}
----
redis.call('zadd','z',1.5,'a',2,'b') redis.setresp(3) return redis.call('zrange','z',0,-1,'withscores')
----
redis.setresp(3) return {redis.call('get','none')==nil,redis.call('get','none')==false}
----
redis.setresp(3) local t=redis.call('mget','a','b') return {#t,t[1]==nil}
----
redis.call('mset','a',1,'c',3) redis.setresp(3) local t=redis.call('mget','a','b','c') return {t[1],tostring(t[2]),t[3],#t}
----
redis.call('mset','b',1,'d',3) redis.setresp(3) local t=redis.call('mget','a','b','c','d','e') return {#t,tostring(t[1]),t[2],t[4]}
----
redis.setresp(3) redis.setresp(2) return redis.call('get','none')==false
----
redis.setresp(4)
----
redis.setresp()
----
redis.setresp('3') return true
----
redis.setresp(2,3)
----
redis.setresp(3.9) return true
----
redis.setresp({})
----
return redis.error_reply('x')
----
return redis.error_reply('ERR x')
----
return redis.status_reply('ERR x')
----
return redis.error_reply('-ERR x')
----
return redis.status_reply('-ERR x')
----
return redis.error_reply('-x')
----
return redis.status_reply('-x')
----
return redis.error_reply('')
----
return redis.status_reply('')
----
return redis.error_reply('My Err')
----
return redis.status_reply('My Err')
----
return redis.error_reply(1)
----
return redis.status_reply(1)
----
return redis.error_reply()
----
return redis.status_reply()
----
return redis.error_reply('a','b')
----
return redis.status_reply('a','b')
----
return redis.error_reply('a\r\nb')
----
return redis.status_reply('a\r\nb')
----
return redis.error_reply('a b\r\nc d\r\n')
----
return redis.status_reply('a b\r\nc d\r\n')
----
return redis.error_reply('a\0b c')
----
return redis.status_reply('a\0b c')
----
return redis.error_reply(nil)
----
return redis.status_reply(nil)
----
return redis.error_reply('-')
----
return redis.status_reply('-')
----
return redis.error_reply(' ')
----
return redis.status_reply(' ')
----
return redis.error_reply('x ')
----
return redis.status_reply('x ')
----
local e=redis.error_reply('x y') return {e.err,tostring(e.ignore_error_stats_update)}
----
return redis.sha1hex('')
----
return redis.sha1hex('a\0b')
----
return redis.sha1hex()
----
return redis.sha1hex('a','b')
----
return redis.sha1hex(1)
----
return redis.sha1hex(nil)
----
return redis.sha1hex({})
----
return redis.sha1hex(('x'):rep(100000))
----
redis.log(1)
----
redis.log()
----
redis.log('x','y')
----
redis.log(10,'x')
----
redis.log(-1,'x')
----
return redis.log(redis.LOG_DEBUG,'x',{},nil,1)
----
return redis.log('1','y')
----
redis.set_repl()
----
redis.set_repl(10)
----
return redis.set_repl(redis.REPL_ALL)
----
redis.set_repl('1')
----
redis.set_repl(1,2)
----
redis.set_repl({})
----
return redis.replicate_commands()
----
return redis.breakpoint()
----
return redis.debug('x')
----
return redis.acl_check_cmd()
----
return redis.acl_check_cmd('get','x')
----
return redis.acl_check_cmd('nosuch')
----
return redis.acl_check_cmd({})
----
return {redis.REDIS_VERSION,redis.REDIS_VERSION_NUM,redis.REPL_AOF,redis.REPL_SLAVE,redis.REPL_REPLICA,redis.REPL_ALL,redis.REPL_NONE}
----
return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING}
----
return {server.VALKEY_VERSION,server.VALKEY_VERSION_NUM,server.SERVER_NAME,server.call==redis.call}
----
#!lua
return 1
----
#!lua flags=
return 1
----
#!lua flags=no-writes,
return 1
----
#!lua flags=bad
return 1
----
#!lua flags=no-writes,allow-stale,allow-oom,no-cluster,allow-cross-slot-keys
return 1
----
#!lua name=x
return 1
----
#!python
return 1
----
#!lua
----
#!
----
#!
return 1
----
#! lua
return 1
----
#!lua flags=NO-WRITES
return 1
----
#!lua flags=no-writes flags=allow-oom
return 1
----
#!lua "flags=no-writes"
return 1
----
#!lua "bad
return 1
----
#!LUA
return 1
----
#!python flags=bad
return 1
----
#!python flags=no-writes
return 1
----
#!lua foo
return 1
----
#!lua
error('x')
----
#!lua


bad syntax here
----
#!lua
#!lua
return 1
----
# comment
return 1
