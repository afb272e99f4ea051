-- bit.* Scripts are divided by lines of four hyphens.
----
local r={pcall(function() return bit.tobit(0xffffffff) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(2^32) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(2^31) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(-1) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(1.5) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(2.5) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(-0.5) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(2^53) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(1e300) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(0/0) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(1/0) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit("7") end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit("x") end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit() end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(nil) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit({}) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.bnot(0) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.bnot(-1) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.band(7,3,1) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.bor(1,2,4) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.bxor(7,2,1) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.band(1) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.band() end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.band(1,"x") end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.bor("x",{}) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.lshift(1,31) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.lshift(1,32) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.lshift(1,-1) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.rshift(-1,28) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.rshift(-1,0) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.arshift(-256,4) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.arshift(-1,40) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.rol(0x12345678,8) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.rol(1,0) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.ror(0x12345678,8) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.ror(1,0) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.ror(1,1) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.bswap(0x12345678) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.bswap(0xff) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tohex(255) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tohex(-1) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tohex(255,4) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tohex(255,-4) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tohex(255,0) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tohex(255,100) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tohex(0xabcdef,-100) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tohex(255,nil) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tohex("255") end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.lshift(1) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.lshift() end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tohex() end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.tobit(4294967296*5+3) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
----
local r={pcall(function() return bit.band(0xf0f0f0f0,0xff00ff00) end)} return {tostring(r[1]),type(r[2])..tostring(r[2])}
