-- Deep nesting, recursion, large texts. Scripts are divided by lines of four hyphens.
----
local t={} t[1]=t return t
----
local t={} t.map={a=t} return t
----
local t={} for i=1,100 do t={t} end return t
----
local t={} for i=1,100 do t={map={a=t}} end return t
----
local t={} for i=1,100 do t={i,t,"x"} end return t
----
local t={} for i=1,12 do t[i]={} for j=1,i do t[i][j]=j end end return t
----
local t={} for i=1,1000 do t[i]=i end return t
----
local t={} for i=1,11 do t[i]=i end t[11]=nil return t
----
local function r() return r()+1 end return r()
----
local function r(n) return n==0 and 0 or r(n-1) end return r(100000)
----
local function r(n) if n==0 then return 0 end return 1+r(n-1) end return r(15000)
----
local function r(n) return (string.gsub('a','.',function() return r(n+1) end)) end return r(1)
----
local function r(n) return pcall(r,n+1) end return r(1)
----
local f=function() end for i=1,150 do local g=f f=function() return pcall(g) end end return f()
----
return select("#",unpack({},1,7000))
----
return {pcall(unpack,{},1,8000)}
----
return {pcall(unpack,{},1,1e7)}
----
return {unpack({1,2,3},-1,1)}
----
return #string.rep('x',10000000)
----
return string.rep('ab',3)..string.rep('x',0)..string.rep('x',-5)
----
return {string.rep('x',2^32+2), pcall(string.rep,'x')}
----
local s=string.rep('a',18) return s:find(string.rep('a?',18)..string.rep('a',18))
----
return loadstring('return '..string.rep('(',150)..'1'..string.rep(')',150))()
----
return {loadstring('return '..string.rep('(',300)..'1'..string.rep(')',300))}
----
local t={} for i=1,300 do t[i]='local a'..i..'=1' end return {loadstring(table.concat(t,'\n'))}
----
return loadstring('return '..string.rep('1+',1000)..'1')()
----
local t={} for i=1,70000 do t[i]='x'..i end return #table.concat(t)
