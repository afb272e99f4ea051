-- cjson: encoding, decoding, settings. Scripts are divided by lines of four hyphens.
----
return cjson.encode(1)
----
return cjson.encode(1.5)
----
return cjson.encode("a")
----
return cjson.encode(true)
----
return cjson.encode(nil)
----
return cjson.encode(cjson.null)
----
return cjson.encode({})
----
return cjson.encode({1,2,3})
----
return cjson.encode({a=1})
----
return cjson.encode({[1]=1,[2]=2})
----
return cjson.encode({[1]=1,[3]=3})
----
return cjson.encode({1,nil,3})
----
return cjson.encode({[10]=1})
----
return cjson.encode({[11]=1})
----
return cjson.encode({[1]=1,[100]=2})
----
return cjson.encode({[0]=1})
----
return cjson.encode({[-1]=1})
----
return cjson.encode({[1.5]=1})
----
return cjson.encode({[2^31]=1})
----
return cjson.encode({[1e15]=1,a=2})
----
return cjson.encode({a={b={c={}}}})
----
return cjson.encode({{},{{}}})
----
return cjson.encode(1e14)
----
return cjson.encode(1e15)
----
return cjson.encode(123456789012345)
----
return cjson.encode(0.1)
----
return cjson.encode(1/3)
----
return cjson.encode(-0)
----
return cjson.encode(1e100)
----
return cjson.encode(1e-7)
----
return cjson.encode(2^53)
----
return cjson.encode(0/0)
----
return cjson.encode(1/0)
----
return cjson.encode(-1/0)
----
return cjson.encode(function() end)
----
return cjson.encode({f=print or type})
----
return cjson.encode("\0\1\31\127\128\255")
----
return cjson.encode("\"\\/\b\f\n\r\t")
----
return cjson.encode("é€😀")
----
return cjson.encode(('x'):rep(1000))
----
return cjson.encode({[true]=1})
----
return cjson.encode({[{}]=1})
----
return cjson.encode()
----
return cjson.encode(1,2)
----
return cjson.encode(coroutine.create(type))
----
return cjson.encode({a=cjson.null})
----
return cjson.encode({1,"a",true,cjson.null,{x=1}})
----
return cjson.encode({["a\0b"]=1})
----
return cjson.encode({[1]=1,a=2})
----
return cjson.encode(setmetatable({},{__index={1}}))
----
local ok,v=pcall(cjson.decode,'1') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'-1') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'1.5') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'1e3') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'1E+3') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'1e-3') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'-0') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'01') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'+1') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'.5') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'5.') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'1.2.3') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'0x10') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'0x1p4') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'-0x10') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'inf') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'-inf') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'Infinity') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'nan') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'-nan') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'NaN') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'INF') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'-') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'+') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'1e') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'12345678901234567890') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'123456789012345678') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'1e400') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'-1e400') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'0.1e1') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'00') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'1 2') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'1,') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'true') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'false') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'null') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'tru') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'nul') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'True') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'x') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,' ') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"a"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"a') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\n\\t\\/\\b\\f\\r\\"\\\\"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\u0041"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\u00e9"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\u20ac"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\ud83d\\ude00"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\ud83d"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\ude00"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\ud83dx"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\ud83d\\u0041"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\u00"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\x"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\\u0000"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"a\0b"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\1"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[1]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[1,2,[3]]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[1,]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[,1]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[1 2]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,']') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[1') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"a":1}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"a":1,}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{a:1}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"a" 1}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"a":}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"a":1 "b":2}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"a"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"a":1') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{1:2}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"a":null}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[null,null]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"a":{"b":[1,{"c":2}]}}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,' [ 1 , 2 ] ') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[1]\0x') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'\0') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'a\0') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[1]x') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'\239\187\191[1]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"a":1,"a":2}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"1":1,"2":2}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[[[[[[[[[[]]]]]]]]]]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'\"\\') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[truefalse]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[true,false,null]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'1\n') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'\t1') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'-5e-1') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'[1.0,2.50]') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'{"":0}') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
local ok,v=pcall(cjson.decode,'"\127\200"') if not ok then return v end return {type(v),type(v)=='table' and cjson.encode(v) or tostring(v)}
----
return cjson.decode(1)
----
return cjson.decode()
----
return cjson.decode({})
----
return cjson.decode('1','2')
----
return type(cjson.decode('[null]')[1])
----
return cjson.decode('[null]')[1]==cjson.null
----
return #cjson.decode('['..('1,'):rep(999)..'1]')
----
return cjson.encode(cjson.decode('{"b":1,"a":[1,2,{"x":null}],"c":"\\u00e9"}'))
----
local s=('['):rep(1000)..(']'):rep(1000) return type(cjson.decode(s))
----
local s=('['):rep(1001)..(']'):rep(1001) return type(cjson.decode(s))
----
local s=('{"a":'):rep(1001)..'1'..('}'):rep(1001) return type(cjson.decode(s))
----
local t={} for i=1,999 do t={t} end return #cjson.encode(t)
----
local t={} for i=1,1000 do t={t} end return #cjson.encode(t)
----
local t={} t.a=t return cjson.encode(t)
----
cjson.encode_max_depth(5) local ok,e=pcall(cjson.encode,{{{{{{}}}}}}) cjson.encode_max_depth(1000) return e
----
cjson.decode_max_depth(3) local ok,e=pcall(cjson.decode,'[[[[]]]]') cjson.decode_max_depth(1000) return e
----
return {cjson.encode_max_depth(),cjson.decode_max_depth(),cjson.encode_number_precision()}
----
return {pcall(cjson.encode_max_depth,0)}
----
return {pcall(cjson.encode_max_depth,'x')}
----
return {pcall(cjson.encode_max_depth,1,2)}
----
return {pcall(cjson.encode_number_precision,15)}
----
return {pcall(cjson.encode_number_precision,0)}
----
cjson.encode_number_precision(3) local r={cjson.encode(1/3),cjson.encode(12345),cjson.encode(999),cjson.encode(2.5)} cjson.encode_number_precision(14) return r
----
local r={} for p=1,14 do cjson.encode_number_precision(p) r[p]=cjson.encode({1/3,2/3,123456.5,0.5,1.5,2.5,1e-9,1e21}) end cjson.encode_number_precision(14) return r
----
local r={cjson.encode_sparse_array()} for i=1,3 do r[i]=tostring(r[i]) end return r
----
cjson.encode_sparse_array(true) local r=cjson.encode({[1]=1,[1000]=2}) cjson.encode_sparse_array(false) return r
----
cjson.encode_sparse_array(true,3,2) local r={cjson.encode({[1]=1,[4]=2}),cjson.encode({[1]=1,[7]=2})} cjson.encode_sparse_array(false,2,10) return r
----
cjson.encode_sparse_array(false,0) local r=cjson.encode({[1]=1,[50]=2}) cjson.encode_sparse_array(false,2,10) return r
----
local r={pcall(cjson.encode_sparse_array,'on')} cjson.encode_sparse_array('off') return {r[1],r[2]}
----
return {pcall(cjson.encode_sparse_array,'bad')}
----
return {pcall(cjson.encode_sparse_array,5)}
----
return {pcall(cjson.encode_sparse_array,true,-1)}
----
return {pcall(cjson.encode_sparse_array,1,2,3,4)}
----
local r={tostring(cjson.encode_invalid_numbers())} cjson.encode_invalid_numbers(true) r[2]=cjson.encode({0/0,1/0,-1/0}) cjson.encode_invalid_numbers('null') r[3]=cjson.encode({0/0,1/0}) r[4]=cjson.encode_invalid_numbers() cjson.encode_invalid_numbers(false) return r
----
local r={tostring(cjson.decode_invalid_numbers())} cjson.decode_invalid_numbers(false) for _,s in ipairs{'0x10','nan','inf','-inf','01','+1','-0','0','-01','-nan','1'} do local ok,v=pcall(cjson.decode,s) r[#r+1]=tostring(v) end cjson.decode_invalid_numbers(true) return r
----
local r={tostring(cjson.encode_keep_buffer())} cjson.encode_keep_buffer(false) r[2]=cjson.encode({1}) cjson.encode_keep_buffer(true) return r
----
local j=cjson.new() j.encode_max_depth(2) j.x=1 return {cjson.encode_max_depth(),j.encode_max_depth(),j._NAME,j._VERSION,j.x,tostring(pcall(j.encode,{{{}}}))}
----
return {cjson._NAME,cjson._VERSION,tostring(cjson.null),type(cjson.null)}
