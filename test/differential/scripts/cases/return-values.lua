-- What scripts return, and the replies it becomes. Scripts are divided by lines of four hyphens.
----
return 0/0
----
redis.setresp(3) return 0/0
----
return 1/0
----
redis.setresp(3) return 1/0
----
return -1/0
----
redis.setresp(3) return -1/0
----
return 2^63
----
redis.setresp(3) return 2^63
----
return -2^63
----
redis.setresp(3) return -2^63
----
return 2^53+0.5
----
redis.setresp(3) return 2^53+0.5
----
return 3.99
----
redis.setresp(3) return 3.99
----
return -3.99
----
redis.setresp(3) return -3.99
----
return 1e300
----
redis.setresp(3) return 1e300
----
return -0
----
redis.setresp(3) return -0
----
return 9007199254740993
----
redis.setresp(3) return 9007199254740993
----
return 2^62
----
redis.setresp(3) return 2^62
----
return -9007199254740995
----
redis.setresp(3) return -9007199254740995
----
return 4.5e18
----
redis.setresp(3) return 4.5e18
----
return 1e18
----
redis.setresp(3) return 1e18
----
return -0.5
----
redis.setresp(3) return -0.5
----
return true
----
redis.setresp(3) return true
----
return false
----
redis.setresp(3) return false
----
return nil
----
redis.setresp(3) return nil
----
return ""
----
redis.setresp(3) return ""
----
return "a\0b"
----
redis.setresp(3) return "a\0b"
----
return "\r\n"
----
redis.setresp(3) return "\r\n"
----
return ('x'):rep(100)
----
redis.setresp(3) return ('x'):rep(100)
----
return {}
----
redis.setresp(3) return {}
----
return {1,2,3}
----
redis.setresp(3) return {1,2,3}
----
return {1,nil,3}
----
redis.setresp(3) return {1,nil,3}
----
return {nil}
----
redis.setresp(3) return {nil}
----
return {nil,1}
----
redis.setresp(3) return {nil,1}
----
return {false,true}
----
redis.setresp(3) return {false,true}
----
return {{}}
----
redis.setresp(3) return {{}}
----
return {{1},{2,{3}}}
----
redis.setresp(3) return {{1},{2,{3}}}
----
return {a=1}
----
redis.setresp(3) return {a=1}
----
return {[1]=1,[3]=3}
----
redis.setresp(3) return {[1]=1,[3]=3}
----
return {1.5,"1.5",1e3}
----
redis.setresp(3) return {1.5,"1.5",1e3}
----
return {err='x'}
----
redis.setresp(3) return {err='x'}
----
return {err='ERR x\r\ny'}
----
redis.setresp(3) return {err='ERR x\r\ny'}
----
return {err=''}
----
redis.setresp(3) return {err=''}
----
return {err='-x y'}
----
redis.setresp(3) return {err='-x y'}
----
return {err='a\r\n'}
----
redis.setresp(3) return {err='a\r\n'}
----
return {err=1}
----
redis.setresp(3) return {err=1}
----
return {err='a',ok='b'}
----
redis.setresp(3) return {err='a',ok='b'}
----
return {ok='a\r\nb'}
----
redis.setresp(3) return {ok='a\r\nb'}
----
return {ok=''}
----
redis.setresp(3) return {ok=''}
----
return {ok=1}
----
redis.setresp(3) return {ok=1}
----
return {ok='a\0b'}
----
redis.setresp(3) return {ok='a\0b'}
----
return {err='a\0b'}
----
redis.setresp(3) return {err='a\0b'}
----
return {1,err='x'}
----
redis.setresp(3) return {1,err='x'}
----
return {double=3.5}
----
redis.setresp(3) return {double=3.5}
----
return {double=0/0}
----
redis.setresp(3) return {double=0/0}
----
return {double=-(0/0)}
----
redis.setresp(3) return {double=-(0/0)}
----
return {double=1/0}
----
redis.setresp(3) return {double=1/0}
----
return {double=-1/0}
----
redis.setresp(3) return {double=-1/0}
----
return {double=1e100}
----
redis.setresp(3) return {double=1e100}
----
return {double=1e17}
----
redis.setresp(3) return {double=1e17}
----
return {double='1'}
----
redis.setresp(3) return {double='1'}
----
return {double=-0}
----
redis.setresp(3) return {double=-0}
----
return {double=0.1}
----
redis.setresp(3) return {double=0.1}
----
return {double=123456789.123456789}
----
redis.setresp(3) return {double=123456789.123456789}
----
return {big_number='123'}
----
redis.setresp(3) return {big_number='123'}
----
return {big_number='1\r\n2'}
----
redis.setresp(3) return {big_number='1\r\n2'}
----
return {big_number=1}
----
redis.setresp(3) return {big_number=1}
----
return {big_number='a\0b'}
----
redis.setresp(3) return {big_number='a\0b'}
----
return {map={a=1}}
----
redis.setresp(3) return {map={a=1}}
----
return {map={}}
----
redis.setresp(3) return {map={}}
----
return {map=1}
----
redis.setresp(3) return {map=1}
----
return {map={[1]={map={x=1}}}}
----
redis.setresp(3) return {map={[1]={map={x=1}}}}
----
return {map={[{1}]=2}}
----
redis.setresp(3) return {map={[{1}]=2}}
----
return {set={a=true}}
----
redis.setresp(3) return {set={a=true}}
----
return {set={}}
----
redis.setresp(3) return {set={}}
----
return {set={[1]=1}}
----
redis.setresp(3) return {set={[1]=1}}
----
return {set={'a','b'}}
----
redis.setresp(3) return {set={'a','b'}}
----
return {verbatim_string={format='txt',string='hi'}}
----
redis.setresp(3) return {verbatim_string={format='txt',string='hi'}}
----
return {verbatim_string={format='abcdef',string='hi'}}
----
redis.setresp(3) return {verbatim_string={format='abcdef',string='hi'}}
----
return {verbatim_string={format='a',string='hi'}}
----
redis.setresp(3) return {verbatim_string={format='a',string='hi'}}
----
return {verbatim_string={format='',string=''}}
----
redis.setresp(3) return {verbatim_string={format='',string=''}}
----
return {verbatim_string={}}
----
redis.setresp(3) return {verbatim_string={}}
----
return {verbatim_string={string='hi'}}
----
redis.setresp(3) return {verbatim_string={string='hi'}}
----
return {verbatim_string={format='txt'}}
----
redis.setresp(3) return {verbatim_string={format='txt'}}
----
return {verbatim_string={format=1,string='x'}}
----
redis.setresp(3) return {verbatim_string={format=1,string='x'}}
----
return {verbatim_string={format='tx\0',string='a\0b'}}
----
redis.setresp(3) return {verbatim_string={format='tx\0',string='a\0b'}}
----
return {map={a={err='x'}}}
----
redis.setresp(3) return {map={a={err='x'}}}
----
return {1,{err='x'},{ok='y'},{double=1}}
----
redis.setresp(3) return {1,{err='x'},{ok='y'},{double=1}}
----
return function() end
----
redis.setresp(3) return function() end
----
return coroutine.create(function() end)
----
redis.setresp(3) return coroutine.create(function() end)
----
return string
----
redis.setresp(3) return string
----
return _G
----
redis.setresp(3) return _G
----
return redis
----
redis.setresp(3) return redis
----
return cjson.null
----
redis.setresp(3) return cjson.null
----
return {cjson.null}
----
redis.setresp(3) return {cjson.null}
----
return setmetatable({},{__index=function(t,k) if k<4 then return k end end})
----
redis.setresp(3) return setmetatable({},{__index=function(t,k) if k<4 then return k end end})
----
return setmetatable({},{__index={err='x'}})
----
redis.setresp(3) return setmetatable({},{__index={err='x'}})
----
return setmetatable({err='a'},{__index={}})
----
redis.setresp(3) return setmetatable({err='a'},{__index={}})
----
return setmetatable({1},{__len=function() return 5 end})
----
redis.setresp(3) return setmetatable({1},{__len=function() return 5 end})
----
return 1,2,3
----
redis.setresp(3) return 1,2,3
----
return unpack({1,2})
----
redis.setresp(3) return unpack({1,2})
