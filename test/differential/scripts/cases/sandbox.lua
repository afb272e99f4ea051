-- What scripts must not change or reach. Scripts are divided by lines of four hyphens.
----
local k={} for n,v in pairs(redis) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
redis.x=1
----
redis=nil
----
rawset(redis,'x',1)
----
setmetatable(redis,{})
----
return {getmetatable(redis)}
----
table.insert(redis,1)
----
return {rawget(redis,'nosuch'), redis.nosuch, #redis}
----
for k,v in next,redis do redis[k]=nil end
----
table.foreach(redis,function(k,v) redis[k]=nil end)
----
return type(redis)
----
local k={} for n,v in pairs(cjson) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
cjson.x=1
----
cjson=nil
----
rawset(cjson,'x',1)
----
setmetatable(cjson,{})
----
return {getmetatable(cjson)}
----
table.insert(cjson,1)
----
return {rawget(cjson,'nosuch'), cjson.nosuch, #cjson}
----
for k,v in next,cjson do cjson[k]=nil end
----
table.foreach(cjson,function(k,v) cjson[k]=nil end)
----
return type(cjson)
----
local k={} for n,v in pairs(cmsgpack) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
cmsgpack.x=1
----
cmsgpack=nil
----
rawset(cmsgpack,'x',1)
----
setmetatable(cmsgpack,{})
----
return {getmetatable(cmsgpack)}
----
table.insert(cmsgpack,1)
----
return {rawget(cmsgpack,'nosuch'), cmsgpack.nosuch, #cmsgpack}
----
for k,v in next,cmsgpack do cmsgpack[k]=nil end
----
table.foreach(cmsgpack,function(k,v) cmsgpack[k]=nil end)
----
return type(cmsgpack)
----
local k={} for n,v in pairs(struct) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
struct.x=1
----
struct=nil
----
rawset(struct,'x',1)
----
setmetatable(struct,{})
----
return {getmetatable(struct)}
----
table.insert(struct,1)
----
return {rawget(struct,'nosuch'), struct.nosuch, #struct}
----
for k,v in next,struct do struct[k]=nil end
----
table.foreach(struct,function(k,v) struct[k]=nil end)
----
return type(struct)
----
local k={} for n,v in pairs(bit) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
bit.x=1
----
bit=nil
----
rawset(bit,'x',1)
----
setmetatable(bit,{})
----
return {getmetatable(bit)}
----
table.insert(bit,1)
----
return {rawget(bit,'nosuch'), bit.nosuch, #bit}
----
for k,v in next,bit do bit[k]=nil end
----
table.foreach(bit,function(k,v) bit[k]=nil end)
----
return type(bit)
----
local k={} for n,v in pairs(string) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
string.x=1
----
string=nil
----
rawset(string,'x',1)
----
setmetatable(string,{})
----
return {getmetatable(string)}
----
table.insert(string,1)
----
return {rawget(string,'nosuch'), string.nosuch, #string}
----
for k,v in next,string do string[k]=nil end
----
table.foreach(string,function(k,v) string[k]=nil end)
----
return type(string)
----
local k={} for n,v in pairs(table) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
table.x=1
----
table=nil
----
rawset(table,'x',1)
----
setmetatable(table,{})
----
return {getmetatable(table)}
----
table.insert(table,1)
----
return {rawget(table,'nosuch'), table.nosuch, #table}
----
for k,v in next,table do table[k]=nil end
----
table.foreach(table,function(k,v) table[k]=nil end)
----
return type(table)
----
local k={} for n,v in pairs(math) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
math.x=1
----
math=nil
----
rawset(math,'x',1)
----
setmetatable(math,{})
----
return {getmetatable(math)}
----
table.insert(math,1)
----
return {rawget(math,'nosuch'), math.nosuch, #math}
----
for k,v in next,math do math[k]=nil end
----
table.foreach(math,function(k,v) math[k]=nil end)
----
return type(math)
----
local k={} for n,v in pairs(coroutine) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
coroutine.x=1
----
coroutine=nil
----
rawset(coroutine,'x',1)
----
setmetatable(coroutine,{})
----
return {getmetatable(coroutine)}
----
table.insert(coroutine,1)
----
return {rawget(coroutine,'nosuch'), coroutine.nosuch, #coroutine}
----
for k,v in next,coroutine do coroutine[k]=nil end
----
table.foreach(coroutine,function(k,v) coroutine[k]=nil end)
----
return type(coroutine)
----
local k={} for n,v in pairs(os) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
os.x=1
----
os=nil
----
rawset(os,'x',1)
----
setmetatable(os,{})
----
return {getmetatable(os)}
----
table.insert(os,1)
----
return {rawget(os,'nosuch'), os.nosuch, #os}
----
for k,v in next,os do os[k]=nil end
----
table.foreach(os,function(k,v) os[k]=nil end)
----
return type(os)
----
local k={} for n,v in pairs(server) do k[#k+1]=tostring(n)..':'..type(v) end table.sort(k) return k
----
server.x=1
----
server=nil
----
rawset(server,'x',1)
----
setmetatable(server,{})
----
return {getmetatable(server)}
----
table.insert(server,1)
----
return {rawget(server,'nosuch'), server.nosuch, #server}
----
for k,v in next,server do server[k]=nil end
----
table.foreach(server,function(k,v) server[k]=nil end)
----
return type(server)
----
return type(print)
----
return type(io)
----
return type(debug)
----
return type(package)
----
return type(require)
----
return type(module)
----
return type(dofile)
----
return type(loadfile)
----
return type(newproxy)
----
return type(x)
----
return type(y.z)
----
local k={} for n,v in pairs(_G) do k[#k+1]=tostring(n)..":"..type(v) end table.sort(k) return k
----
x=1
----
_G.x=1
----
_G._G=1
----
KEYS=1
----
KEYS[1]="z" return KEYS
----
function f() end
----
rawset(_G,"x",1)
----
setmetatable(_G,nil)
----
setmetatable(_G,1)
----
rawset(_G)
----
rawset(string,"x")
----
return {type(getmetatable(_G)), type(getmetatable(_G).__index)}
----
getmetatable(_G).__index=nil
----
rawset(getmetatable(_G),"__index",nil)
----
return pcall(getmetatable(_G).__index,_G,"q")
----
return {pcall(getmetatable(_G).__index)}
----
return {pcall(getmetatable(_G).__index,_G,{})}
----
return _G._G==_G
----
return {_G.string==string, string.format==("").format, rawequal(_G,_G._G)}
----
return next(string)~=nil
----
local f,t=pairs(string) t.x=1
----
local f,t,k=pairs(string) return {t==string,k}
----
local n=0 for k,v in pairs(string) do n=n+1 end return n
----
local n=0 for k,v in ipairs(string) do n=n+1 end return n
----
return table.getn(string)
----
return table.remove(string)
----
table.sort(string) return 1
----
table.setn(string,1)
----
return table.concat(string)
----
return {unpack(string)}
----
return table.maxn(string)
----
table.insert(string)
----
table.insert(string,1,2)
----
table.insert(string,"a",2)
----
table.insert(string,1,2,3)
----
local ok,e=pcall(function() string.x=1 end) return e
----
local ok,e=pcall(rawset,string,"x",1) return e
----
return cjson.encode(bit)
----
return cjson.encode({string})
----
return cmsgpack.pack(redis)==nil
----
return #cmsgpack.pack(bit)
----
local m=getmetatable("") return {type(m), type(m.__index), m.__index==string}
----
local t=setmetatable({},{__index=string}) return t.format("%d",5)
----
string.format=nil return ("%d"):format(1)
----
local g=_G g.string={}
----
local a=redis.call; redis={call=a}
----
local r={call=function() return "mine" end} return r.call()
----
local string={} string.x=5 return string.x
----
local f=loadstring("x=1") f()
----
local f=loadstring("return y") f()
----
return loadstring("return _G")()==_G
----
local t={} setmetatable(t,{__index=_G}) return t.redis~=nil
----
return setmetatable({},{__index=_G}).nosuch
----
error({err="x"}) 
----
return {pcall(error)}
----
return os and type(os.clock())
----
return os.time
----
return os.execute("x")
