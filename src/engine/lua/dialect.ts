/**
 * How the servers differ in scripting: which names scripts find, and the texts of errors. Data, learnt from the servers
 * themselves. Any thread. Must not know how anything is carried out.
 */

/** The servers that scripting can be like. `redis-7.0` is for comparing with that server. */
export type ScriptLevel = 'redis-7.0' | 'redis-7.2' | 'redis-8' | 'valkey-8' | 'valkey-9';

/** The versions a script is told. */
export interface ScriptIdentity {
  /** REDIS_VERSION: of the server, or of the Redis that a Valkey is compatible with. Three numbers. */
  readonly redisVersion: string;
  /** VALKEY_VERSION; absent on Redis. */
  readonly valkeyVersion?: string;
}

export interface ScriptTexts {
  readonly noArguments: string;
  readonly badArguments: string;
  readonly badLogLevel: string;
  readonly logArguments: string;
  readonly setReplicationArguments: string;
  readonly setResponseArguments: string;
  readonly unknownAclCommand: string;
  /** What the host answers in place of running a command; every one is an ERR. */
  readonly unknownCommand: string;
  readonly wrongArity: string;
  readonly notAllowed: string;
  readonly readOnly: string;
}

export interface ScriptDialect {
  readonly level: ScriptLevel;
  /** `server` beside `redis`, and the name in texts of functions. */
  readonly hasServerTable: boolean;
  /** The table `os`, with `clock` alone. */
  readonly hasOsTable: boolean;
  /** getfenv, setfenv and newproxy. */
  readonly hasEnvironmentFunctions: boolean;
  /** Names of the error handler among the globals. */
  readonly errorHandlers: readonly string[];
  /** Numbers among the arguments of redis.call are printed with 17 digits, not with the fewest that tell them apart. */
  readonly printsSeventeenDigits: boolean;
  /** An integral number among the arguments of redis.call is printed as an integer where it fits. */
  readonly printsIntegers: boolean;
  /** A double that is not a number keeps its sign in replies. */
  readonly hasSignedNan: boolean;
  /** An error that ends a script names the script's digest or function. */
  readonly namesScriptInErrors: boolean;
  /** Lists are made with room for their elements: the length of a list with holes depends on it. */
  readonly makesListsToSize: boolean;
  /** A NUL ends the text of a big number. */
  readonly cutsBigNumbers: boolean;
  /** Names of functions are judged once the library ran, not by register_function, and called by that name. */
  readonly judgesFunctionsLater: boolean;
  /** Whom `cmsgpack._COPYRIGHT` names. */
  readonly packLibraryOwner: string;
  /** `#!name` may name any engine, in either case, and is looked at last; otherwise only `#!lua`, looked at first. */
  readonly hasManyEngines: boolean;
  /** The error of a script, and of a function, that was killed. */
  readonly killTexts: { readonly script: string; readonly function: string };
  readonly texts: ScriptTexts;
}

function texts(api: 'redis' | 'server', product: 'Redis' | 'Valkey'): ScriptTexts {
  const command = api === 'redis' ? 'Redis command' : 'command';
  return {
    noArguments: `Please specify at least one argument for this ${api === 'redis' ? 'redis lib ' : ''}call`,
    badArguments: `${api === 'redis' ? 'Lua redis lib command' : 'Command'} arguments must be strings or integers`,
    badLogLevel: 'Invalid log level.',
    logArguments: `${api}.log() requires two arguments or more.`,
    setReplicationArguments: `${api}.set_repl() requires one argument.`,
    setResponseArguments: `${api}.setresp() requires one argument.`,
    unknownAclCommand: `Invalid command passed to ${api}.acl_check_cmd()`,
    unknownCommand: `Unknown ${command} called from script`,
    wrongArity: `Wrong number of args calling ${command} from script`,
    notAllowed: `This ${product} command is not allowed from script`,
    readOnly: 'Write commands are not allowed from read-only scripts.',
  };
}

const KILLED = 'Script killed by user with SCRIPT KILL...';

const REDIS_8: ScriptDialect = {
  level: 'redis-8',
  hasServerTable: false,
  hasOsTable: true,
  hasEnvironmentFunctions: false,
  errorHandlers: ['__redis__err__handler'],
  printsSeventeenDigits: false,
  printsIntegers: true,
  hasSignedNan: false,
  namesScriptInErrors: true,
  makesListsToSize: false,
  cutsBigNumbers: false,
  judgesFunctionsLater: false,
  packLibraryOwner: 'Salvatore Sanfilippo',
  hasManyEngines: false,
  killTexts: { script: KILLED, function: KILLED },
  texts: texts('redis', 'Redis'),
};

const REDIS_7_2: ScriptDialect = {
  ...REDIS_8,
  level: 'redis-7.2',
  hasOsTable: false,
  printsIntegers: false,
  texts: { ...REDIS_8.texts, badLogLevel: 'Invalid debug level.' },
};

const REDIS_7_0: ScriptDialect = {
  ...REDIS_7_2,
  level: 'redis-7.0',
  printsSeventeenDigits: true,
  hasSignedNan: true,
  texts: { ...REDIS_7_2.texts, setReplicationArguments: 'redis.set_repl() requires two arguments.' },
};

const VALKEY_8: ScriptDialect = {
  ...REDIS_8,
  level: 'valkey-8',
  packLibraryOwner: 'Redis Ltd.',
  hasServerTable: true,
  hasEnvironmentFunctions: true,
  texts: texts('server', 'Redis'),
};

const VALKEY_9: ScriptDialect = {
  ...VALKEY_8,
  level: 'valkey-9',
  hasEnvironmentFunctions: false,
  errorHandlers: ['__redis__err__handler', '__server__err__handler'],
  namesScriptInErrors: false,
  makesListsToSize: true,
  cutsBigNumbers: true,
  judgesFunctionsLater: true,
  hasManyEngines: true,
  killTexts: {
    script: 'Script killed by user with SCRIPT KILL.',
    function: 'Script killed by user with FUNCTION KILL.',
  },
  texts: texts('server', 'Valkey'),
};

const DIALECTS: Readonly<Record<ScriptLevel, ScriptDialect>> = {
  'redis-7.0': REDIS_7_0,
  'redis-7.2': REDIS_7_2,
  'redis-8': REDIS_8,
  'valkey-8': VALKEY_8,
  'valkey-9': VALKEY_9,
};

export function dialectOf(level: ScriptLevel): ScriptDialect {
  return DIALECTS[level];
}
