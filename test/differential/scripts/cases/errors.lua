-- Errors: raised, caught, of the compiler. Scripts are divided by lines of four hyphens.
----
error('x')
----
error('x',0)
----
error('x',2)
----
error({err='ERR foo'})
----
error({err='foo'})
----
error(nil)
----
error()
----
error(1)
----
error(true)
----
assert(false)
----
assert(nil,'m')
----
assert(false,{err='E x'})
----
error({err='a b',source='s',line=7})
----
error({err='a',line='9'})
----
error(('x'):rep(500))
----
error('nul\0after')
----
error({err='nul\0after'})
----
local function f() error('deep') end f()
----


error('line3')
----


return redis.call('incr','k')
----
error('%s %d')
----
return tonumber(nil)+1
----
return nil..'x'
----
return #5
----
return {}<{}
----
return 1<'2'
----
local a a.b=1
----
local a a()
----
return 1+{}
----
return 'a'+1
----
return '1'+1
----
return foo.bar
----
foo.bar()
----
for i=1,'x' do end
----
for i=1,10,0 do break end return 1
----
for i in 5 do end
----
local t={} t[nil]=1
----
local t={} t[0/0]=1
----
return ('x'):bad()
----
string.nosuch()
----
redis.foo()
----
return redis.foo
----
return cjson.foo
----
string.rep()
----
string.rep({})
----
string.sub()
----
('x'):rep('y')
----
table.concat(1)
----
ipairs(1)
----
setmetatable(1,{})
----
setmetatable({},1)
----
pcall(nil)
----
return {pcall(nil)}
----
return {xpcall(error,function(e) return "h"..tostring(e) end)}
----
return {xpcall(function() error('a') end,function(e) return e end)}
----
return {xpcall(function() return redis.call('nosuch') end,function(e) return type(e) end)}
----
return {pcall(error,{err='zz'})}
----
return {pcall(error,{a=1})}
----
return {pcall(error,setmetatable({},{__tostring=function() return 'ts' end}))}
----
local ok,e=pcall(redis.call,'incr','k') return e
----
return {pcall(error,nil)}
----
local ok,e=pcall(function() error({err='zz'}) end) return {ok,type(e),e}
----
local ok,e=pcall(function() error({err=5}) end) return {type(e)}
----
this is bad
----
return 1 1
----
x=
----
return '
----
--[[
----
goto a
----
return 1//2
----
return 1&2
----
return nil.x
----
}
----
end
----
return 'a
b'
----
local x <const> = 1
----
return "\u{41}"
----
for
----
if
----
return ~1
----
return a.b:c
----
local function
----
return __redis__err__handler("a").err
----
return __redis__err__handler({err="b"}).err
----
return type(__server__err__handler)
----
local e=__redis__err__handler({}) return {type(e.source),type(e.line)}
----
return {__redis__err__handler(nil).err}
