-- cmsgpack: packing and unpacking. Scripts are divided by lines of four hyphens.
----
return cmsgpack.pack(1)
----
return cmsgpack.pack(-1)
----
return cmsgpack.pack(127)
----
return cmsgpack.pack(128)
----
return cmsgpack.pack(255)
----
return cmsgpack.pack(256)
----
return cmsgpack.pack(65535)
----
return cmsgpack.pack(65536)
----
return cmsgpack.pack(2^32-1)
----
return cmsgpack.pack(2^32)
----
return cmsgpack.pack(2^53)
----
return cmsgpack.pack(2^62)
----
return cmsgpack.pack(2^63)
----
return cmsgpack.pack(-32)
----
return cmsgpack.pack(-33)
----
return cmsgpack.pack(-128)
----
return cmsgpack.pack(-129)
----
return cmsgpack.pack(-32768)
----
return cmsgpack.pack(-32769)
----
return cmsgpack.pack(-2^31)
----
return cmsgpack.pack(-2^31-1)
----
return cmsgpack.pack(-2^53)
----
return cmsgpack.pack(-2^63)
----
return cmsgpack.pack(0.5)
----
return cmsgpack.pack(0.1)
----
return cmsgpack.pack(1e100)
----
return cmsgpack.pack(0/0)
----
return cmsgpack.pack(-(0/0))
----
return cmsgpack.pack(1/0)
----
return cmsgpack.pack(-1/0)
----
return cmsgpack.pack(-0)
----
return cmsgpack.pack(nil)
----
return cmsgpack.pack(true)
----
return cmsgpack.pack(false)
----
return cmsgpack.pack("")
----
return cmsgpack.pack("a")
----
return cmsgpack.pack(('x'):rep(31))
----
return cmsgpack.pack(('x'):rep(32))
----
return cmsgpack.pack(('x'):rep(255))
----
return cmsgpack.pack(('x'):rep(256))
----
return cmsgpack.pack(('x'):rep(65536))
----
return cmsgpack.pack({})
----
return cmsgpack.pack({1,2,3})
----
return cmsgpack.pack({a=1})
----
return cmsgpack.pack({1,nil,3})
----
return cmsgpack.pack({[2]=1})
----
return cmsgpack.pack({1,2,a=3})
----
return cmsgpack.pack({[1.5]=1})
----
return cmsgpack.pack({[0]=1})
----
return cmsgpack.pack({{{{}}}})
----
return cmsgpack.pack({true,false,"x",1.5})
----
return cmsgpack.pack(cjson.null)
----
return cmsgpack.pack(function() end)
----
return cmsgpack.pack()
----
return cmsgpack.pack(1,2,"a",{1})
----
return cmsgpack.pack(nil,nil)
----
return cmsgpack.pack({['a\0b']=1})
----
return cmsgpack.pack({[-1]=1})
----
return cmsgpack.pack({[2^40]=1})
----
local t={} for i=1,20 do t[i]=i end return cmsgpack.pack(t)
----
local t={} for i=1,70000 do t[i]=1 end return #cmsgpack.pack(t)
----
local t={} for i=1,70000 do t['k'..i]=i end return #cmsgpack.pack(t)
----
local t={} for i=1,20 do t={t} end return cmsgpack.pack(t)
----
local t={} t[1]=t return cmsgpack.pack(t)
----
return cmsgpack.pack(setmetatable({},{__index=function(t,k) return k end}))
----
local r={pcall(cmsgpack.unpack,'\1')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\255')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\224')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\192')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\193')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\194')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\195')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\204\255')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\205\1\2')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\206\255\255\255\255')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\207\255\255\255\255\255\255\255\255')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\207\0\0\0\1\0\0\0\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\208\128')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\209\128\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\210\128\0\0\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\211\128\0\0\0\0\0\0\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\202\63\192\0\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\203\63\248\0\0\0\0\0\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\202\127\192\0\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\202\255\192\0\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\203\255\248\0\0\0\0\0\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\161a')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\162a')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\217\1a')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\218\0\1a')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\219\0\0\0\1a')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\217')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\218\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\219\0\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\144')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\145\1')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\146\1')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\220\0\1\5')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\221\0\0\0\1\5')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\128')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\129\161a\1')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\129\161a')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\222\0\1\161a\1')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\223\0\0\0\1\161a\1')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\196')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\199')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\201')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\212')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\216')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\1\2\3')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\145\192')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\129\192\1')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\129\161a\192')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\204')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\205\1')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\203\0')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\221\255\255\255\255')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\223\255\255\255\255')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
local r={pcall(cmsgpack.unpack,'\219\255\255\255\255')} for i=1,select('#',unpack(r,1,5)) do if type(r[i])=='table' then r[i]=cjson.encode(r[i]) else r[i]=type(r[i])..tostring(r[i]) end end return r
----
return {cmsgpack.unpack(cmsgpack.pack(1,2,"a"))}
----
return {cmsgpack.unpack_one(cmsgpack.pack(1,2,"a"))}
----
return {cmsgpack.unpack_one(cmsgpack.pack(1,2,"a"),1)}
----
return {cmsgpack.unpack_one(cmsgpack.pack(1,2,"a"),2)}
----
return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,"a",3),2)}
----
return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,"a",3),2,1)}
----
return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,"a",3),0,1)}
----
return {cmsgpack.unpack_limit(cmsgpack.pack(1,2),0)}
----
return {pcall(cmsgpack.unpack_one,"a",-1)}
----
return {pcall(cmsgpack.unpack_one,"a",5)}
----
return {pcall(cmsgpack.unpack_limit,"a",-1)}
----
return {pcall(cmsgpack.unpack_limit,"a")}
----
return {pcall(cmsgpack.unpack)}
----
return {pcall(cmsgpack.unpack,{})}
----
return {pcall(cmsgpack.unpack,5)}
----
return {cmsgpack.unpack_one("")}
----
return {cmsgpack.unpack("")}
----
return select('#',cmsgpack.unpack(('\1'):rep(7000)))
----
return {pcall(cmsgpack.unpack,('\1'):rep(9000))}
----
return {pcall(cmsgpack.unpack,('\145'):rep(3000))}
----
return {cmsgpack._NAME,cmsgpack._VERSION,cmsgpack._COPYRIGHT,cmsgpack._DESCRIPTION}
----
local t=cmsgpack.unpack(cmsgpack.pack({a={b={1,2,{c='d'}}},[5]=1.5})) return {t.a.b[3].c,tostring(t[5])}
----
return cmsgpack.unpack(cmsgpack.pack(string))
