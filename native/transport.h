/*
 * The native batch transport: shared declarations.
 *
 * One `struct transport` belongs to one JavaScript Transport object and is touched by its thread only, so nothing here
 * takes a lock and nothing is global. The layout of the shared tables is mirrored in src/transport/native.ts.
 *
 *   module.c       what JavaScript can call, with wakes.c and binding.h
 *   loop.c         one batch: collect events, call JavaScript, send output
 *   connections.c  the slot of one connection: its states, its waiting output, its end
 *   sockets.c      system calls that open, bind and name sockets
 *   channels.c     sockets that go to another process or come from one
 */
#ifndef LOCKSTEP_TRANSPORT_H
#define LOCKSTEP_TRANSPORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/uio.h>

/* The few functions of libuv that are used, declared here because its header is often not installed. */
typedef struct uv_poll_s uv_poll_t;
typedef struct uv_handle_s uv_handle_t;
typedef void (*uv_poll_cb)(uv_poll_t *handle, int status, int events);
typedef void (*uv_close_cb)(uv_handle_t *handle);
#define UV_READABLE_EVENT 1
#define UV_POLL_HANDLE_TYPE 8
int uv_poll_init(struct uv_loop_s *loop, uv_poll_t *handle, int fd);
int uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb callback);
size_t uv_handle_size(int type);
void *uv_handle_get_data(const uv_handle_t *handle);
void uv_handle_set_data(uv_handle_t *handle, void *data);
void uv_close(uv_handle_t *handle, uv_close_cb callback);

/* Events told to JavaScript: (kind, connection, offset, length or errno). */
enum event_kind {
  EVENT_ACCEPTED = 1,       /* connection, listener */
  EVENT_CONNECTED = 2,      /* connection */
  EVENT_CONNECT_FAILED = 3, /* connection, 0, errno; the slot is reserved again */
  EVENT_DATA = 4,           /* connection, offset, length */
  EVENT_ENDED = 5,          /* connection */
  EVENT_DRAINED = 6,        /* connection */
  EVENT_CLOSED = 7,         /* connection, 0, errno; the slot is free after this batch */
  EVENT_WAKE = 8,           /* wake index */
  EVENT_STALLED = 9,        /* listener, 0, errno: it stops accepting until tick() or a close */
};
#define EVENT_WORDS 4

/*
 * Output entries from JavaScript: (connection, offset, length > 0) or (connection, 0, operation < 0). A negative offset
 * is the complement of one in the input: such entries are made during a batch and flushed before input is read again.
 */
enum operation {
  OPERATION_SHUTDOWN = -1,
  OPERATION_CLOSE = -2,
  OPERATION_RESET = -3,
  OPERATION_PAUSE = -4,
  OPERATION_RESUME = -5,
  OPERATION_RELEASE = -6,
};
#define OUTPUT_WORDS 3

/* Words of the control table. */
enum control_word { CONTROL_COUNT = 0, CONTROL_USED = 1, CONTROL_IN_BATCH = 2 };

enum slot_state {
  SLOT_FREE,
  SLOT_RESERVED,   /* has an id, no socket yet */
  SLOT_CONNECTING, /* connect() is under way */
  SLOT_OPEN,
  SLOT_DEAD, /* socket closed, JavaScript has still to be told */
  SLOT_TOLD, /* told in the running batch; free when it ends */
};

enum slot_flag {
  FLAG_PAUSED = 1,
  FLAG_READ_ENDED = 2,
  FLAG_SHUT_WANTED = 4,
  FLAG_SHUT_DONE = 8,
  FLAG_CLOSE_WANTED = 16,
  FLAG_DETACHED = 32,       /* not in the epoll set */
  FLAG_CONNECT_FAILED = 64, /* the deferred event is EVENT_CONNECT_FAILED */
};

/* A piece of output the kernel has not taken. */
struct chunk {
  struct chunk *next;
  uint32_t start, end, capacity;
  uint8_t bytes[];
};

struct connection {
  int fd;
  uint32_t generation; /* changes whenever the slot gets a new socket, so old epoll events can be told apart */
  uint32_t armed;      /* events asked of epoll */
  int error;           /* why it ended; while open: why its write side is dead */
  int32_t next;        /* free list, deferred list or told list */
  int32_t first_entry, last_entry;
  uint8_t state, flags;
  struct chunk *head, *tail;
};

struct listener {
  int fd;
  bool stalled;
};

struct wake {
  int fd;
  int32_t *signal; /* shared with waking threads: 0 idle, 1 signalled, 2 gone */
  napi_ref signal_reference;
};

#define READY_LIMIT 1024
#define CHUNK_BYTES (64u * 1024)
#define IOV_COUNT 1024

struct transport {
  napi_env env;
  napi_async_cleanup_hook_handle cleanup;
  uv_poll_t *poll;
  struct transport *next;
  napi_ref callback, tables[6];
  int epoll_fd, kick_fd;
  bool destroyed, in_batch;

  uint8_t *input, *output;
  size_t input_bytes, input_used, output_bytes;
  int32_t *events, *entries, *control;
  int32_t event_limit, event_count, entry_limit;
  double *pending;
  int32_t *next_entry, *touched;

  struct connection *connections;
  int32_t connection_limit, connection_count, allocated;
  int32_t free_head, deferred_head, deferred_tail, told_head, used_count;
  struct listener *listeners;
  int32_t listener_count, stalled_count;
  struct wake *wakes;
  int32_t wake_count;

  struct epoll_event ready[READY_LIMIT];
  int ready_at, ready_count;
  struct iovec vectors[IOV_COUNT];
};

/* What an epoll event is about: kind (8 bits), generation (24 bits), index (32 bits). */
enum token_kind { TOKEN_CONNECTION, TOKEN_LISTENER, TOKEN_WAKE, TOKEN_KICK };
static inline uint64_t token_of(enum token_kind kind, uint32_t generation, uint32_t index) {
  return ((uint64_t)kind << 56) | ((uint64_t)(generation & 0xffffff) << 32) | index;
}

/* sockets.c: every function answers a descriptor or 0, or minus errno. */
int socket_listen_tcp(const char *host, int port, int backlog, bool reuse_port, int keep_alive_ms);
int socket_listen_unix(const char *path, int backlog, int mode);
int socket_connect_tcp(const char *host, int port, int keep_alive_ms);
int socket_connect_unix(const char *path);
int socket_user_timeout(int fd, int timeout_ms);
int socket_port(int fd);
void socket_name(int fd, bool remote, char *out, size_t size);

/* connections.c */
int32_t slot_take(struct transport *t);
void slot_release(struct transport *t, int32_t id);
void slot_open(struct transport *t, int32_t id, int fd, enum slot_state state);
void slot_connect_failed(struct transport *t, int32_t id, int error);
void slot_end(struct transport *t, int32_t id, int error);
void slot_rearm(struct transport *t, int32_t id);
void slot_progress(struct transport *t, int32_t id);
int slot_send_waiting(struct transport *t, int32_t id);
void slot_write_failed(struct transport *t, int32_t id, int error);
void transport_flush(struct transport *t);
void transport_collect(struct transport *t);
void transport_resume_listeners(struct transport *t);

/* loop.c */
int transport_start(struct transport *t, struct uv_loop_s *loop);
void transport_kick(struct transport *t);
void transport_destroy(struct transport *t);

#endif
