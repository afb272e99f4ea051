-- The rest of the language. Scripts are divided by lines of four hyphens.
----
local t={} for w in ('one two three'):gmatch('%a+') do t[#t+1]=w end return t
----
local t={} for k,v in ('a=1,b=2'):gfind('(%w+)=(%w+)') do t[#t+1]=k..v end return t
----
local t={3,1,2} table.sort(t) return t
----
local t={3,1,2} table.sort(t,function(a,b) return a>b end) return t
----
local t={} table.foreachi({1,2},function(i,v) t[#t+1]=i..v end) return t
----
local t={} table.foreach({1,2},function(i,v) t[#t+1]=i..v end) return t
----
local pieces={'return ','1+','2'} local i=0 return load(function() i=i+1 return pieces[i] end)()
----
local i=0 return {load(function() i=i+1 if i==1 then return '\27Lua' end end)}
----
local i=0 return {load(function() i=i+1 if i==1 then return 'x y z' end end,'=name')}
----
return {loadstring('\27Lua','=n')}
----
return {loadstring('a b','=n')}
----
return {loadstring('a b',('long'):rep(50))}
----
local c=coroutine.wrap(function(a) local b=coroutine.yield(a+1) return b*2 end) return {c(1),c(10)}
----
local c=coroutine.create(function() error('in co') end) return {coroutine.resume(c)}
----
local c=coroutine.create(function() redis.call('set','a',1) coroutine.yield(redis.call('get','a')) end) return {coroutine.resume(c)}
----
local c=coroutine.wrap(function() pcall(coroutine.yield,1) end) return {c()}
----
local c=coroutine.create(function() end) coroutine.resume(c) return {coroutine.status(c),coroutine.resume(c)}
----
return {coroutine.running()==nil, coroutine.status(coroutine.create(print or type))}
----
coroutine.yield(1)
----
local ok,e=pcall(function() local x=nil; x.y=1 end) return e
----
local t=setmetatable({},{__index=function(t,k) return k..'!' end,__newindex=function(t,k,v) rawset(t,k,v*2) end}) t.a=2 return {t.a,t.zz}
----
local t=setmetatable({},{__call=function(self,a) return a end}) return t(7)
----
local mt={__eq=function() return true end,__lt=function() return true end,__le=function() return false end,__concat=function() return 'cc' end,__unm=function() return -5 end,__add=function() return 3 end} local a,b=setmetatable({},mt),setmetatable({},mt) return {a==b,a<b,a<=b,a..b,-a,a+b}
----
local t=setmetatable({},{__metatable='locked'}) return {getmetatable(t),pcall(setmetatable,t,{})}
----
local r={} for i=10,1,-3 do r[#r+1]=i end return r
----
local r={} for i=0.1,0.5,0.1 do r[#r+1]=tostring(i) end return r
----
local a,b,c=(function() return 1,2,3 end)() return {a,b,c}
----
local s=0 repeat s=s+1 until s>=5 while s<10 do s=s+1 if s==8 then break end end return s
----
local function v(...) return select('#',...),arg end return {v(1,nil,3)}
----
return (function(...) return {...} end)(1,2,3)
----
--comment
--[[ long
comment ]] return [==[a]]b]==]
----
return 'a\65\n\x'
----
return "tab\tquote\""
----
local t={1,2,3,nil,5} return {#t,table.getn(t),table.maxn(t)}
----
KEYS[2]=nil return #KEYS
----
local t={} for i=1,9 do t[i]=i end for i=2,8 do t[i]=nil end return #t
