-- Numbers: how they are printed, read and made. Scripts are divided by lines of four hyphens.
----
return tostring(1e15)
----
return tostring(1e14)
----
return tostring(123456789012345)
----
return tostring(0.1)
----
return tostring(1/3)
----
return tostring(10/2)
----
return tostring(2^53)
----
return tostring(2^63)
----
return tostring(-2^63)
----
return tostring(1e100)
----
return tostring(1e-5)
----
return tostring(5e-324)
----
return tostring(0/0)
----
return tostring(-(0/0))
----
return tostring(1/0)
----
return tostring(-1/0)
----
return tostring(-0)
----
return tostring(0x10)
----
return tostring(0xff)
----
return tostring(1e308*10)
----
return tostring(100)
----
return tostring(1e2)
----
return tostring(3.14159265358979)
----
return tostring(7%-3)
----
return tostring(-7%3)
----
return tostring(5.5%2)
----
return tostring(2^0.5)
----
return tostring(1e15+0.5)
----
return tostring(123456.789e3)
----
return tostring(math.huge)
----
return tostring(-math.huge)
----
return tostring(math.pi)
----
return tostring(1e14+0.5)
----
return tostring(tonumber("0x1p4"))
----
return tostring(tonumber("1e1"))
----
return tostring(tonumber(" 12 "))
----
return tostring(tonumber("12a"))
----
return tostring(tonumber(""))
----
return tostring(tonumber("ff",16))
----
return tostring(tonumber("ffffffffff",16))
----
return tostring(tonumber("-ff",16))
----
return tostring(tonumber("zz",36))
----
return tostring(tonumber("8",8))
----
return tostring(tonumber("7",8))
----
return tostring(tonumber("1e1",16))
----
return tostring(tonumber(nil))
----
return tostring(tonumber("inf"))
----
return tostring(tonumber("nan"))
----
return tostring(tonumber("1_0"))
----
return tostring(tonumber("0x10",16))
----
return tostring(tonumber("  11  ",2))
----
return tostring(tonumber("12",2))
----
return tostring(tonumber("1",1))
----
return tostring(tonumber("1",37))
----
return tostring(tonumber("ffffffffffffffffff",16))
----
return tostring(tonumber(10,16))
----
return tostring(tonumber("1.5",16))
----
return tostring(tonumber({}))
----
return tostring(tonumber())
----
return tostring(math.floor(-3.5))
----
return tostring(math.ceil(3.2))
----
return tostring(math.fmod(7,3))
----
return tostring(math.mod(7,3))
----
return tostring(math.max(1,2,3))
----
return tostring(math.min(3,1))
----
return tostring(math.abs(-1))
----
return tostring(math.sqrt(2))
----
return tostring(math.log10(1000))
----
return tostring(math.exp(1))
----
return tostring(math.frexp(10))
----
return tostring(math.ldexp(1,4))
----
return tostring(math.modf(3.7))
----
return tostring(math.deg(1))
----
return tostring(math.rad(180))
----
return tostring(math.sin(1))
----
return tostring(math.cosh(1))
----
return tostring(math.atan2(1,2))
----
return tostring(math.tan(1))
----
return tostring(math.random())
----
return tostring(math.random())
----
return tostring(math.random(10))
----
return tostring(math.random(5,8))
----
return tostring(math.random(0))
----
return tostring(math.random(2,1))
----
return tostring(math.random(1,2,3))
----
return tostring(math.random("x"))
----
return tostring(math.random(-5,5))
----
return tostring(math.random(2^31))
----
return tostring(math.random(2.7))
----
return tostring(math.randomseed(5))
----
return tostring(math.random())
----
return tostring(math.randomseed(-1))
----
return tostring(math.random())
----
return tostring(math.random(1e9))
