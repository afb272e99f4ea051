/*
 * A module for tests: commands that no catalogue knows. Compiled against nothing: the few functions it uses are
 * declared here as every Redis and Valkey with modules exports them.
 */
#include <stddef.h>

typedef struct Context Context;
typedef struct String String;
typedef struct CallReply CallReply;

static CallReply *(*call)(Context *, const char *, const char *, ...);
static int (*reply_with_call_reply)(Context *, CallReply *);
static void (*free_call_reply)(CallReply *);
static int (*wrong_arity)(Context *);
static int (*create_command)(Context *, const char *, int (*)(Context *, String **, int), const char *, int, int, int);
static void (*set_attributes)(Context *, const char *, int, int);

static int finish(Context *context, CallReply *reply) {
    int status = reply_with_call_reply(context, reply);
    free_call_reply(reply);
    return status;
}

/* LOCKMOD.SET key value */
static int set(Context *context, String **arguments, int count) {
    if (count != 3) return wrong_arity(context);
    return finish(context, call(context, "SET", "!ss", arguments[1], arguments[2]));
}

/* LOCKMOD.GET key */
static int get(Context *context, String **arguments, int count) {
    if (count != 2) return wrong_arity(context);
    return finish(context, call(context, "GET", "s", arguments[1]));
}

/* LOCKMOD.COPY from to: a key that is written beside one that is read. */
static int copy(Context *context, String **arguments, int count) {
    if (count != 3) return wrong_arity(context);
    return finish(context, call(context, "COPY", "!ssc", arguments[1], arguments[2], "REPLACE"));
}

/* LOCKMOD.POP key: flagged as one that may block, although it never does. */
static int pop(Context *context, String **arguments, int count) {
    if (count != 2) return wrong_arity(context);
    return finish(context, call(context, "GETDEL", "!s", arguments[1]));
}

int RedisModule_OnLoad(Context *context, String **arguments, int count);

int RedisModule_OnLoad(Context *context, String **arguments, int count) {
    int (*find)(const char *, void *) = *(int (**)(const char *, void *))context;
    (void)arguments;
    (void)count;
    find("RedisModule_Call", &call);
    find("RedisModule_ReplyWithCallReply", &reply_with_call_reply);
    find("RedisModule_FreeCallReply", &free_call_reply);
    find("RedisModule_WrongArity", &wrong_arity);
    find("RedisModule_CreateCommand", &create_command);
    find("RedisModule_SetModuleAttribs", &set_attributes);
    set_attributes(context, "lockmod", 1, 1);
    if (create_command(context, "lockmod.set", set, "write deny-oom", 1, 1, 1) != 0) return 1;
    if (create_command(context, "lockmod.get", get, "readonly fast", 1, 1, 1) != 0) return 1;
    if (create_command(context, "lockmod.copy", copy, "write deny-oom", 1, 2, 1) != 0) return 1;
    return create_command(context, "lockmod.pop", pop, "write blocking", 1, 1, 1);
}
