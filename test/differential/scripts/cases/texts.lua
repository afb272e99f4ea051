-- string.*, table.* and the basic functions. Scripts are divided by lines of four hyphens.
----
return {('abc'):upper()}
----
return {#'a\0b'}
----
return {('abc'):sub(-2)}
----
return {('abc'):sub(2^31)}
----
return {('abc'):sub(1,2^40)}
----
return {('abc'):sub(0/0)}
----
return {('abc'):sub(-2^40,2)}
----
return {('abc'):sub(1,math.huge)}
----
return {('abc'):sub(-math.huge)}
----
return {('abc'):byte(1,-1)}
----
return {('abc'):byte(10)}
----
return {string.char(72,0,255)}
----
return {string.char(256)}
----
return {string.char(-1)}
----
return {('a,b,c'):gsub(',',';')}
----
return {('abc'):gsub('%w','%0%0')}
----
return {('abc'):find('b',1,true)}
----
return {('abc'):find('b',2^33)}
----
return {('abc'):find('b',-2^33)}
----
return {('a.b'):find('.',1,true)}
----
return {('key=val'):match('(%w+)=(%w+)')}
----
return {('abc'):match('()b()')}
----
return {('x'):rep(3)}
----
return {('abc'):reverse()}
----
return {('%d'):format(3)}
----
return {('hello world'):gsub('o','0',1)}
----
return {('abc'):gsub('',  '-')}
----
return {('abc'):gsub('b',{b='X'})}
----
return {('abc'):gsub('b',function() end)}
----
return {('a\0b'):find('\0')}
----
return {('a\0b'):gsub('%z','Z')}
----
return {('[x]'):match('%b[]')}
----
return {('f(a(b)c)'):match('%b()')}
----
return {('äö'):len()}
----
return {('THE (quick) fox'):find('%((%a+)%)')}
----
return {('abc'):find('(')}
----
return {('abc'):find('[a')}
----
return {('abc'):find('%')}
----
return {('a'):rep(3,',')}
----
return {string.format('%d',3.99)}
----
return {string.format('%d',1700000000000)}
----
return {string.format('%d',-1700000000000)}
----
return {string.format('%d',2^63)}
----
return {string.format('%d',-2^63)}
----
return {string.format('%d',1e300)}
----
return {string.format('%d',0/0)}
----
return {string.format('%5d|%-5d|%05d|%+d|% d',1,2,3,4,5)}
----
return {string.format('%20d|%-20d|%020d',2^40,2^40,-2^40)}
----
return {string.format('%.10d|%20.15d|%-20.15d|',2^33,2^33,2^33)}
----
return {string.format('%+d % d',2^33,2^33)}
----
return {string.format('%i',2^33)}
----
return {string.format('%x %X %o %u',255,255,8,7)}
----
return {string.format('%x',-1)}
----
return {string.format('%X',-255)}
----
return {string.format('%o',-1)}
----
return {string.format('%u',-1)}
----
return {string.format('%u',2^63)}
----
return {string.format('%u',2^64)}
----
return {string.format('%x',2^40)}
----
return {string.format('%#x %#o',2^40,2^40)}
----
return {string.format('%#x',0)}
----
return {string.format('%u',1e19)}
----
return {string.format('%x',1.5)}
----
return {string.format('%d','1700000000000')}
----
return {string.format('%d','x')}
----
return {string.format('%d')}
----
return {string.format('%s',nil)}
----
return {string.format('%s %s','a',1)}
----
return {string.format('%10s|%-10s|','a','b')}
----
return {string.format('%.2s','abc')}
----
return {string.format('%q','a\n"\0')}
----
return {string.format('%c%c',65,0)}
----
return {string.format('%5.2f',3.14159)}
----
return {string.format('%e',12345.678)}
----
return {string.format('%g',1e20)}
----
return {string.format('%G',1e-10)}
----
return {string.format('%a',1)}
----
return {string.format('%%')}
----
return {string.format('%')}
----
return {string.format('%y',1)}
----
return {string.format('%0100d',1)}
----
return {string.format('%100d',2^40)}
----
return {string.format('%-+ #0d',2^40)}
----
return {string.format('%.100d',1)}
----
return {string.format('%d %s %x',2^40,'a',-1)}
----
return {string.format('%.14g',0.1)}
----
return {string.format('%.17g',0.1)}
----
return {string.format('%5%')}
----
return {string.format('%s',{})==nil}
----
return {string.format(nil)}
----
return {string.format('%d',{})}
----
return {string.format('%.3f',2/3)}
----
return {string.format('%.0f',0.5)}
----
return {string.format('%f',1e15)}
----
return {string.format('%s',string.rep('x',200)):len()}
----
return {string.format('%99.99f',1/3)}
----
return {table.concat({1,2,3},',')}
----
return {table.concat({1,{},3})}
----
return {table.concat({},',')}
----
return {table.concat({1,2,3},',',2,3)}
----
return {table.getn({1,2})}
----
return {table.maxn({1,2,[10]=1})}
----
return {table.remove({1,2,3})}
----
return {table.insert({},1,2,3)}
----
return {table.insert({})}
----
return {table.insert(nil,1)}
----
return {table.sort({3,1,2},1)}
----
return {table.concat({'a','b'},1)}
----
return {select('#',nil,nil)}
----
return {select(-1,1,2)}
----
return {select(0,1)}
----
return {select(2,'a','b')}
----
return {type(nil)}
----
return {type()}
----
return {tostring()}
----
return {tostring(nil)..tostring(true)}
----
return {rawequal('a','a')}
----
return {rawget({a=1},'a')}
----
return {unpack()}
----
return {next({})}
----
return {next({1})}
----
return {next({},1)}
----
return {pairs()}
----
return {ipairs()}
----
return {pcall()}
----
return {assert(1,2)}
----
return {getmetatable('a').__index==string}
----
return {tostring(cjson.null)}
----
return {#collectgarbage('count')==nil}
----
return {collectgarbage('bad')}
----
return {collectgarbage()}
----
return {_VERSION}
----
return {gcinfo()==nil}
----
return {loadstring('return 1')()}
----
return {loadstring('x y')}
----
return {loadstring('return ...')(5)}
----
return {loadstring(string.dump(function() end))}
----
return {load(function() return nil end)}
----
return {load('x')}
----
return {load(function() return {} end)}
----
return {load(function() error('q') end)}
----
return {pcall(load(function() return 'x y' end) or error,'n')}
----
return {tostring(setmetatable({},{__tostring=function() return 'T' end}))}
