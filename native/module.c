/*
 * What JavaScript can call. `create` answers an object whose functions are bound to one transport through their data
 * pointer, so a call needs no unwrapping. Failures of system calls are answered as minus errno, never thrown.
 */
#include "binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define NAME_BYTES 160

struct instance {
  struct transport *transports;
};

/* ---- listeners ---- */

static int add_listener(struct transport *t, int fd) {
  if (fd < 0) return fd;
  struct listener *bigger = realloc(t->listeners, (size_t)(t->listener_count + 1) * sizeof *bigger);
  int error = bigger == NULL ? ENOMEM : 0;
  if (bigger != NULL) {
    t->listeners = bigger;
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u64 = token_of(TOKEN_LISTENER, 0, (uint32_t)t->listener_count)};
    if (epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) error = errno;
  }
  if (error != 0) {
    close(fd);
    return -error;
  }
  t->listeners[t->listener_count] = (struct listener){.fd = fd};
  return t->listener_count++;
}

static napi_value listen_tcp(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  char host[TEXT_BYTES];
  text_of(env, call.arguments[0], host);
  if (call.t->destroyed) return number(env, -ECANCELED);
  int fd = socket_listen_tcp(host, integer_of(env, call.arguments[1]), integer_of(env, call.arguments[2]),
                             flag_of(env, call.arguments[3]), integer_of(env, call.arguments[4]));
  return number(env, add_listener(call.t, fd));
}

static napi_value listen_unix(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  char path[TEXT_BYTES];
  text_of(env, call.arguments[0], path);
  if (call.t->destroyed) return number(env, -ECANCELED);
  int fd = socket_listen_unix(path, integer_of(env, call.arguments[1]), integer_of(env, call.arguments[2]));
  return number(env, add_listener(call.t, fd));
}

static struct listener *listener_of(struct transport *t, int index) {
  if (t->destroyed || index < 0 || index >= t->listener_count || t->listeners[index].fd < 0) return NULL;
  return &t->listeners[index];
}

static napi_value listener_port(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct listener *listener = listener_of(call.t, integer_of(env, call.arguments[0]));
  return number(env, listener == NULL ? -EBADF : socket_port(listener->fd));
}

static napi_value listener_descriptor(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct listener *listener = listener_of(call.t, integer_of(env, call.arguments[0]));
  return number(env, listener == NULL ? -EBADF : listener->fd);
}

/* (descriptor): a listening socket that another process has opened. It is owned from here on, also on failure. */
static napi_value adopt_listener(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  return number(env, call.t->destroyed ? -ECANCELED : add_listener(call.t, integer_of(env, call.arguments[0])));
}

static napi_value close_listener(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct listener *listener = listener_of(call.t, integer_of(env, call.arguments[0]));
  if (listener == NULL) return NULL;
  close(listener->fd);
  listener->fd = -1;
  return NULL;
}

static napi_value resume_listeners(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  if (!call.t->destroyed && call.t->stalled_count > 0) transport_resume_listeners(call.t);
  return NULL;
}

/* ---- connections ---- */

static napi_value reserve(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  return number(env, call.t->destroyed ? -1 : slot_take(call.t));
}

static bool is_reserved(struct transport *t, int32_t id) {
  return !t->destroyed && id >= 0 && id < t->connection_count && t->connections[id].state == SLOT_RESERVED;
}

static void begin_connection(struct transport *t, int32_t id, int fd) {
  if (fd < 0) {
    slot_connect_failed(t, id, -fd);
    if (!t->in_batch) transport_kick(t);
    return;
  }
  /* One that is already through is writable at once, so both cases become `connected` in the next turn. */
  slot_open(t, id, fd, SLOT_CONNECTING);
  if (!t->in_batch && t->deferred_head >= 0) transport_kick(t);
}

static napi_value open_tcp(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  int32_t id = integer_of(env, call.arguments[0]);
  char host[TEXT_BYTES];
  text_of(env, call.arguments[1], host);
  if (!is_reserved(call.t, id)) return NULL;
  int fd = socket_connect_tcp(host, integer_of(env, call.arguments[2]), integer_of(env, call.arguments[3]));
  begin_connection(call.t, id, fd);
  return NULL;
}

static napi_value open_unix(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  int32_t id = integer_of(env, call.arguments[0]);
  char path[TEXT_BYTES];
  text_of(env, call.arguments[1], path);
  if (!is_reserved(call.t, id)) return NULL;
  int fd = socket_connect_unix(path);
  begin_connection(call.t, id, fd);
  return NULL;
}

/* (id, remote: boolean): the name of one end, '' when it has none. */
static napi_value name(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  int32_t id = integer_of(env, call.arguments[0]);
  char out[NAME_BYTES] = "";
  struct transport *t = call.t;
  if (!t->destroyed && id >= 0 && id < t->connection_count && t->connections[id].state != SLOT_FREE &&
      t->connections[id].fd >= 0) {
    socket_name(t->connections[id].fd, flag_of(env, call.arguments[1]), out, sizeof out);
  }
  napi_value result = NULL;
  napi_create_string_utf8(env, out, NAPI_AUTO_LENGTH, &result);
  return result;
}

static napi_value flush(napi_env env, napi_callback_info info) {
  struct transport *t = read_call(env, info).t;
  if (t->destroyed) return NULL;
  transport_flush(t);
  if (!t->in_batch && t->deferred_head >= 0) transport_kick(t);
  return NULL;
}

/* In the middle of a batch or outside: collects what there is now, over events and input of before. Their number. */
static napi_value collect_now(napi_env env, napi_callback_info info) {
  struct transport *t = read_call(env, info).t;
  if (t->destroyed) return number(env, 0);
  transport_collect(t);
  return number(env, t->event_count);
}

static napi_value destroy(napi_env env, napi_callback_info info) {
  transport_destroy(read_call(env, info).t);
  return NULL;
}

/* (host, port, backlog, reusePort): a listening descriptor for the node transport, which cannot ask for reusePort. */
static napi_value open_listening(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  char host[TEXT_BYTES];
  text_of(env, call.arguments[0], host);
  return number(env, socket_listen_tcp(host, integer_of(env, call.arguments[1]), integer_of(env, call.arguments[2]),
                                       flag_of(env, call.arguments[3]), 0));
}

/* (fd, timeoutMs): for sockets of the node transport, whose API has no such option. Answers 0 or minus errno. */
static napi_value set_user_timeout(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  return number(env, socket_user_timeout(integer_of(env, call.arguments[0]), integer_of(env, call.arguments[1])));
}

/* ---- life ---- */

static void on_environment_end(napi_async_cleanup_hook_handle handle, void *data) {
  struct transport *t = data;
  t->cleanup = handle;
  if (t->destroyed && t->poll == NULL) {
    t->cleanup = NULL;
    napi_remove_async_cleanup_hook(handle);
    return;
  }
  transport_destroy(t);
}

static void free_transport(struct transport *t) {
  free(t->connections);
  free(t->listeners);
  free(t->wakes);
  free(t->next_entry);
  free(t->touched);
  free(t);
}

static void free_instance(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct instance *instance = data;
  while (instance->transports != NULL) {
    struct transport *t = instance->transports;
    instance->transports = t->next;
    free_transport(t);
  }
  free(instance);
}

static void bind_function(napi_env env, napi_value object, const char *key, napi_callback function, void *data) {
  napi_value value;
  if (napi_create_function(env, key, NAPI_AUTO_LENGTH, function, data, &value) != napi_ok) return;
  napi_set_named_property(env, object, key, value);
}

static void *table_of(napi_env env, struct transport *t, int index, napi_value value, size_t *length) {
  void *memory = NULL;
  if (napi_get_typedarray_info(env, value, NULL, length, &memory, NULL, NULL) != napi_ok) return NULL;
  if (napi_create_reference(env, value, 1, &t->tables[index]) != napi_ok) return NULL;
  return memory;
}

/* (callback, input, output, events, entries, control, pending) */
static bool take_tables(napi_env env, struct transport *t, const napi_value *arguments) {
  size_t events = 0, entries = 0, control = 0, pending = 0;
  if (napi_create_reference(env, arguments[0], 1, &t->callback) != napi_ok) return false;
  t->input = table_of(env, t, 0, arguments[1], &t->input_bytes);
  t->output = table_of(env, t, 1, arguments[2], &t->output_bytes);
  t->events = table_of(env, t, 2, arguments[3], &events);
  t->entries = table_of(env, t, 3, arguments[4], &entries);
  t->control = table_of(env, t, 4, arguments[5], &control);
  t->pending = table_of(env, t, 5, arguments[6], &pending);
  if (!t->input || !t->output || !t->events || !t->entries || !t->control || !t->pending) return false;
  t->event_limit = (int32_t)(events / EVENT_WORDS);
  t->entry_limit = (int32_t)(entries / OUTPUT_WORDS);
  t->connection_limit = (int32_t)pending;
  t->next_entry = calloc((size_t)t->entry_limit, sizeof *t->next_entry);
  t->touched = calloc((size_t)t->entry_limit, sizeof *t->touched);
  return t->next_entry != NULL && t->touched != NULL;
}

static napi_value fail_creation(napi_env env, struct transport *t, const char *message) {
  if (t->epoll_fd >= 0) close(t->epoll_fd);
  if (t->kick_fd >= 0) close(t->kick_fd);
  free_transport(t);
  napi_throw_error(env, NULL, message);
  return NULL;
}

static napi_value bound_object(napi_env env, struct transport *t) {
  napi_value object = NULL;
  napi_create_object(env, &object);
  bind_function(env, object, "listenTcp", listen_tcp, t);
  bind_function(env, object, "listenUnix", listen_unix, t);
  bind_function(env, object, "listenerPort", listener_port, t);
  bind_function(env, object, "listenerDescriptor", listener_descriptor, t);
  bind_function(env, object, "adoptListener", adopt_listener, t);
  bind_function(env, object, "closeListener", close_listener, t);
  bind_function(env, object, "resumeListeners", resume_listeners, t);
  bind_function(env, object, "reserve", reserve, t);
  bind_function(env, object, "openTcp", open_tcp, t);
  bind_function(env, object, "openUnix", open_unix, t);
  bind_function(env, object, "name", name, t);
  bind_function(env, object, "detach", detach_socket, t);
  bind_function(env, object, "adopt", adopt_socket, t);
  bind_function(env, object, "flush", flush, t);
  bind_function(env, object, "collect", collect_now, t);
  bind_function(env, object, "createWake", create_wake, t);
  bind_function(env, object, "destroy", destroy, t);
  return object;
}

static napi_value create(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct instance *instance = NULL;
  struct uv_loop_s *loop = NULL;
  struct transport *t = calloc(1, sizeof *t);
  if (t == NULL) return NULL;
  t->env = env;
  t->free_head = t->deferred_head = t->deferred_tail = t->told_head = -1;
  t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  t->kick_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (t->epoll_fd < 0 || t->kick_fd < 0) return fail_creation(env, t, "no descriptor for an epoll set");
  if (!take_tables(env, t, call.arguments)) return fail_creation(env, t, "the shared tables cannot be used");
  if (napi_get_instance_data(env, (void **)&instance) != napi_ok || instance == NULL ||
      napi_get_uv_event_loop(env, &loop) != napi_ok) {
    return fail_creation(env, t, "no event loop");
  }
  int result = transport_start(t, loop);
  if (t->poll == NULL) return fail_creation(env, t, "libuv cannot poll an epoll set");
  t->next = instance->transports;
  instance->transports = t;
  if (result != 0 || napi_add_async_cleanup_hook(env, on_environment_end, t, &t->cleanup) != napi_ok) {
    transport_destroy(t);
    napi_throw_error(env, NULL, "libuv cannot watch an epoll set");
    return NULL;
  }
  return bound_object(env, t);
}

/* Gives back to the system what malloc keeps for later, for all threads; true where something was given back. */
static napi_value trim_memory(napi_env env, napi_callback_info info) {
  (void)info;
  bool given = false;
#ifdef __GLIBC__
  given = malloc_trim(0) == 1;
#endif
  napi_value result = NULL;
  napi_get_boolean(env, given, &result);
  return result;
}

static void bind_channels(napi_env env, napi_value exports) {
  bind_function(env, exports, "connectChannel", connect_channel, NULL);
  bind_function(env, exports, "listenChannel", listen_channel, NULL);
  bind_function(env, exports, "openChannel", open_channel, NULL);
  bind_function(env, exports, "sendMessage", send_message, NULL);
  bind_function(env, exports, "watchWritable", watch_writable, NULL);
  bind_function(env, exports, "closeChannel", close_channel, NULL);
  bind_function(env, exports, "duplicate", duplicate, NULL);
}

NAPI_MODULE_INIT() {
  struct instance *instance = calloc(1, sizeof *instance);
  if (instance == NULL || napi_set_instance_data(env, instance, free_instance, NULL) != napi_ok) {
    free(instance);
    napi_throw_error(env, NULL, "out of memory");
    return NULL;
  }
  bind_function(env, exports, "create", create, NULL);
  bind_function(env, exports, "openWaker", open_waker, NULL);
  bind_function(env, exports, "wake", wake, NULL);
  bind_function(env, exports, "closeWaker", close_waker, NULL);
  bind_function(env, exports, "openListening", open_listening, NULL);
  bind_function(env, exports, "setUserTimeout", set_user_timeout, NULL);
  bind_function(env, exports, "trimMemory", trim_memory, NULL);
  bind_channels(env, exports);
  return exports;
}
