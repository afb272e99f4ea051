-- struct: packing and unpacking. Scripts are divided by lines of four hyphens.
----
return struct.pack('b',1)
----
local s=struct.pack('b',1) return #s
----
return struct.pack('B',255)
----
local s=struct.pack('B',255) return #s
----
return struct.pack('b',-1)
----
local s=struct.pack('b',-1) return #s
----
return struct.pack('h',-2)
----
local s=struct.pack('h',-2) return #s
----
return struct.pack('H',65535)
----
local s=struct.pack('H',65535) return #s
----
return struct.pack('l',-3)
----
local s=struct.pack('l',-3) return #s
----
return struct.pack('L',2^53)
----
local s=struct.pack('L',2^53) return #s
----
return struct.pack('T',5)
----
local s=struct.pack('T',5) return #s
----
return struct.pack('i',7)
----
local s=struct.pack('i',7) return #s
----
return struct.pack('I',2^32-1)
----
local s=struct.pack('I',2^32-1) return #s
----
return struct.pack('i1',300)
----
local s=struct.pack('i1',300) return #s
----
return struct.pack('i3',-5)
----
local s=struct.pack('i3',-5) return #s
----
return struct.pack('i8',-2^40)
----
local s=struct.pack('i8',-2^40) return #s
----
return struct.pack('I16',5)
----
local s=struct.pack('I16',5) return #s
----
return struct.pack('i16',-1)
----
local s=struct.pack('i16',-1) return #s
----
return struct.pack('I32',1)
----
local s=struct.pack('I32',1) return #s
----
return struct.pack('i33',1)
----
local s=struct.pack('i33',1) return #s
----
return struct.pack('i0',5)
----
local s=struct.pack('i0',5) return #s
----
return struct.pack('f',1.5)
----
local s=struct.pack('f',1.5) return #s
----
return struct.pack('d',0.1)
----
local s=struct.pack('d',0.1) return #s
----
return struct.pack('f',0.1)
----
local s=struct.pack('f',0.1) return #s
----
return struct.pack('d',0/0)
----
local s=struct.pack('d',0/0) return #s
----
return struct.pack('d',-(0/0))
----
local s=struct.pack('d',-(0/0)) return #s
----
return struct.pack('f',1/0)
----
local s=struct.pack('f',1/0) return #s
----
return struct.pack('x')
----
local s=struct.pack('x') return #s
----
return struct.pack('xxx')
----
local s=struct.pack('xxx') return #s
----
return struct.pack('s','abc')
----
local s=struct.pack('s','abc') return #s
----
return struct.pack('c','abc')
----
local s=struct.pack('c','abc') return #s
----
return struct.pack('c2','abc')
----
local s=struct.pack('c2','abc') return #s
----
return struct.pack('c5','abc')
----
local s=struct.pack('c5','abc') return #s
----
return struct.pack('c0','abc')
----
local s=struct.pack('c0','abc') return #s
----
return struct.pack('>h',1)
----
local s=struct.pack('>h',1) return #s
----
return struct.pack('<h',1)
----
local s=struct.pack('<h',1) return #s
----
return struct.pack('>d',1.5)
----
local s=struct.pack('>d',1.5) return #s
----
return struct.pack('>i3',1)
----
local s=struct.pack('>i3',1) return #s
----
return struct.pack('>f',1.5)
----
local s=struct.pack('>f',1.5) return #s
----
return struct.pack('!4bi',1,2)
----
local s=struct.pack('!4bi',1,2) return #s
----
return struct.pack('!bd',1,2)
----
local s=struct.pack('!bd',1,2) return #s
----
return struct.pack('!8bhl',1,2,3)
----
local s=struct.pack('!8bhl',1,2,3) return #s
----
return struct.pack('!3b',1)
----
local s=struct.pack('!3b',1) return #s
----
return struct.pack('!0b',1)
----
local s=struct.pack('!0b',1) return #s
----
return struct.pack(' b b',1,2)
----
local s=struct.pack(' b b',1,2) return #s
----
return struct.pack('z',1)
----
local s=struct.pack('z',1) return #s
----
return struct.pack('b')
----
local s=struct.pack('b') return #s
----
return struct.pack('b','x')
----
local s=struct.pack('b','x') return #s
----
return struct.pack('b','5')
----
local s=struct.pack('b','5') return #s
----
return struct.pack('bhilBHILTfd',1,2,3,4,5,6,7,8,9,10,11)
----
local s=struct.pack('bhilBHILTfd',1,2,3,4,5,6,7,8,9,10,11) return #s
----
return struct.pack('c99999999999','a')
----
local s=struct.pack('c99999999999','a') return #s
----
return struct.pack('i99999999999',1)
----
local s=struct.pack('i99999999999',1) return #s
----
return struct.pack('L',2^63)
----
local s=struct.pack('L',2^63) return #s
----
return struct.pack('L',2^64)
----
local s=struct.pack('L',2^64) return #s
----
return struct.pack('l',1e300)
----
local s=struct.pack('l',1e300) return #s
----
return struct.pack('B',-1)
----
local s=struct.pack('B',-1) return #s
----
return struct.pack('L',-1)
----
local s=struct.pack('L',-1) return #s
----
return struct.pack('B',1.9)
----
local s=struct.pack('B',1.9) return #s
----
return struct.pack('B',-1.9)
----
local s=struct.pack('B',-1.9) return #s
----
return struct.pack('s','a\0b')
----
local s=struct.pack('s','a\0b') return #s
----
return struct.pack('',1)
----
local s=struct.pack('',1) return #s
----
return struct.pack('!b!2h!4i',1,2,3)
----
local s=struct.pack('!b!2h!4i',1,2,3) return #s
----
return struct.pack('!16bd',1,2)
----
local s=struct.pack('!16bd',1,2) return #s
----
return struct.pack('>!4bi',1,2)
----
local s=struct.pack('>!4bi',1,2) return #s
----
return struct.size('b')
----
return struct.size('bh')
----
return struct.size('!4bi')
----
return struct.size('!bd')
----
return struct.size('s')
----
return struct.size('c0')
----
return struct.size('c5')
----
return struct.size('c')
----
return struct.size('i3')
----
return struct.size('i33')
----
return struct.size('>b<h')
----
return struct.size('z')
----
return struct.size('?')
----
return struct.size('xx')
----
return struct.size('L')
----
return struct.size('T')
----
return struct.size('f')
----
return struct.size('d')
----
return struct.size('')
----
return struct.size(' ')
----
return struct.size('!')
----
return struct.size('!3')
----
return struct.size('I16')
----
return struct.size('123')
----
local r={pcall(struct.unpack,'b','\255')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'B','\255')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'h','\255\255')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'>h','\1\2')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'<h','\1\2')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'i3','\255\255\255')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'I3','\255\255\255')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'l',('\255'):rep(8))} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'L',('\255'):rep(8))} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'i16',('\255'):rep(16))} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'I16','\1'..('\0'):rep(15))} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'>i16',('\0'):rep(15)..'\1')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'I32',('\1'):rep(32))} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'i0','a')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'f','\0\0\192\63')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'d',('\0'):rep(6)..'\248\63')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'d',('\0'):rep(6)..'\248\255')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'d',('\0'):rep(6)..'\248\127')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'f','\0\0\192\255')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'s','abc\0d')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'s','abc')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'c2','abc')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'c','abc')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'c5','abc')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'c0','abc')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'bc0','\2abc')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'bc0','\9abc')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'bc0','\255abc')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'sc0','a\0bcd')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'x','a')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'xb','a\5')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'b','')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'b','abc',2)} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'b','abc',3)} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'b','abc',4)} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'b','abc',0)} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'b','abc',-1)} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'b','abc','x')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'','abc')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'','abc',4)} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'','abc',5)} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'!4bi','\1\0\0\0\2\0\0\0')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'z','a')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'bb','\1')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'b',5)} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'b')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'>I2<I2','\1\2\1\2')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'T','\1\0\0\0\0\0\0\0')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'c0c0','abc')} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
local r={pcall(struct.unpack,'!8bL',('\1'):rep(16))} for i=1,#r do r[i]=type(r[i])..tostring(r[i]) end return r
----
return {struct.unpack(('b'):rep(300),('\1'):rep(300))}
----
local r={pcall(struct.unpack,('b'):rep(9000),('\1'):rep(9000))} return r[2]
