-- The order of a table follows from hashes, also of long texts. Scripts are divided by lines of four hyphens.
----
local t={} for i=1,40 do t[('k'):rep(40)..i]=i end local o={} for k in pairs(t) do o[#o+1]=k end return o
----
local t={} for i=1,60 do t['key:'..i]=i end local o={} for k in pairs(t) do o[#o+1]=k end return o
----
local t={} for i=1,60 do t[i*7]=i t[i/2]=i t[-i]=true end local o={} for k in pairs(t) do o[#o+1]=tostring(k) end return o
----
local t={} t[true]=1 t[false]=2 t['a']=3 t[1]=4 t[1.5]=5 local o={} for k in pairs(t) do o[#o+1]=tostring(k) end return o
----
local t={} for i=1,30 do t[('long key with more than thirty-two characters %d'):format(i)]=i end return cjson.encode(t)
----
local t={} for i=1,30 do t['k'..i]=i end return cjson.encode(t)
----
local t={} for i=1,20 do t['k'..i]=i end return cmsgpack.pack(t)
----
local k={} for n,v in pairs(redis) do k[#k+1]=n end return k
