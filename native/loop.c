/*
 * One batch: collect what is ready, call JavaScript once, send its output.
 *
 * libuv polls the epoll set as one handle and calls `on_ready` once per turn of the thread's event loop. Descriptors
 * are level-triggered, so whatever does not fit one batch is still ready in the next turn.
 */
#include "transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Below this much room a read would be a waste; the remaining sockets are read in the next turn. */
#define READ_MINIMUM (16u * 1024)
#define READ_SHARE_MINIMUM (64u * 1024)
/*
 * The most that one connection gives to one turn. JavaScript and the kernel copy it while all others wait: with 1 MB
 * others waited two to three times as long beside a very long value, which itself was no faster. The benchmark
 * `large-values` builds it with other sizes.
 */
#ifndef READ_SHARE_MAXIMUM
#define READ_SHARE_MAXIMUM (256u * 1024)
#endif
/* The most events one ready descriptor adds, besides accepted connections and deferred ends. */
#define EVENTS_PER_SOCKET 4
/* Accepting leaves this many slots for outgoing connections. */
#define OUTGOING_RESERVE 1024

static bool has_room(const struct transport *t, int32_t count) { return t->event_count + count <= t->event_limit; }

static void emit(struct transport *t, enum event_kind kind, int32_t id, size_t offset, int32_t length) {
  int32_t *event = t->events + (size_t)t->event_count++ * EVENT_WORDS;
  event[0] = kind;
  event[1] = id;
  event[2] = (int32_t)offset;
  event[3] = length;
}

/* ---- listeners ---- */

static void arm_listener(struct transport *t, int32_t index, uint32_t events) {
  struct epoll_event event = {.events = events, .data.u64 = token_of(TOKEN_LISTENER, 0, (uint32_t)index)};
  (void)epoll_ctl(t->epoll_fd, EPOLL_CTL_MOD, t->listeners[index].fd, &event);
}

void transport_resume_listeners(struct transport *t) {
  for (int32_t index = 0; index < t->listener_count; index++) {
    if (!t->listeners[index].stalled) continue;
    t->listeners[index].stalled = false;
    if (t->listeners[index].fd >= 0) arm_listener(t, index, EPOLLIN);
  }
  t->stalled_count = 0;
}

/* Without descriptors the queue of new connections stays ready for ever: stop looking at it until some are free. */
static void stall_listener(struct transport *t, int32_t index, int error) {
  t->listeners[index].stalled = true;
  t->stalled_count++;
  arm_listener(t, index, 0);
  emit(t, EVENT_STALLED, index, 0, error);
}

static bool is_about_one_connection(int error) {
  return error == ECONNABORTED || error == EINTR || error == EPROTO || error == EPERM || error == ENETDOWN ||
         error == ENOPROTOOPT || error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH || error == ENETUNREACH;
}

static void accept_ready(struct transport *t, int32_t index) {
  while (t->listeners[index].fd >= 0 && has_room(t, EVENTS_PER_SOCKET)) {
    if (t->used_count >= t->connection_limit - OUTGOING_RESERVE) {
      stall_listener(t, index, ENFILE);
      return;
    }
    int fd = accept4(t->listeners[index].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      if (is_about_one_connection(errno)) continue;
      stall_listener(t, index, errno);
      return;
    }
    int32_t id = slot_take(t);
    if (id < 0) {
      close(fd);
      stall_listener(t, index, ENOMEM);
      return;
    }
    emit(t, EVENT_ACCEPTED, id, (size_t)index, 0);
    slot_open(t, id, fd, SLOT_OPEN);
  }
}

/* ---- connections ---- */

static int socket_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

static void finish_waiting(struct transport *t, int32_t id, bool tell) {
  int result = slot_send_waiting(t, id);
  if (result < 0) {
    slot_write_failed(t, id, -result);
  } else if (result == 1) {
    if (tell) emit(t, EVENT_DRAINED, id, 0, 0);
    slot_progress(t, id);
  } else {
    slot_rearm(t, id);
  }
}

static void connected(struct transport *t, int32_t id) {
  struct connection *c = &t->connections[id];
  c->state = SLOT_OPEN;
  emit(t, EVENT_CONNECTED, id, 0, 0);
  if (c->head != NULL) finish_waiting(t, id, false);
  else slot_progress(t, id);
}

static void read_ready(struct transport *t, int32_t id, size_t share) {
  struct connection *c = &t->connections[id];
  size_t room = t->input_bytes - t->input_used;
  ssize_t got = recv(c->fd, t->input + t->input_used, room < share ? room : share, 0);
  if (got > 0) {
    emit(t, EVENT_DATA, id, t->input_used, (int32_t)got);
    t->input_used += (size_t)got;
  } else if (got == 0) {
    c->flags |= FLAG_READ_ENDED;
    if (c->error != 0) {
      slot_end(t, id, c->error);
      return;
    }
    emit(t, EVENT_ENDED, id, 0, 0);
    slot_progress(t, id);
    slot_rearm(t, id);
  } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    slot_end(t, id, c->error != 0 ? c->error : errno);
  }
}

static void detach(struct transport *t, struct connection *c) {
  (void)epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
  c->flags |= FLAG_DETACHED;
  c->armed = 0;
}

static void handle_connection(struct transport *t, int32_t id, uint32_t events, size_t share) {
  struct connection *c = &t->connections[id];
  bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (c->state == SLOT_CONNECTING) {
    int error = socket_error(c->fd);
    if (error != 0) slot_connect_failed(t, id, error);
    else if ((events & EPOLLOUT) != 0) connected(t, id);
    return;
  }
  if (c->state == SLOT_OPEN && c->head != NULL && (broken || (events & EPOLLOUT) != 0)) finish_waiting(t, id, true);
  if (c->state != SLOT_OPEN) return;
  bool reading = (c->flags & (FLAG_PAUSED | FLAG_READ_ENDED | FLAG_CLOSE_WANTED)) == 0;
  if (reading && (broken || (events & EPOLLIN) != 0)) {
    read_ready(t, id, share);
  } else if (!reading && (events & EPOLLERR) != 0) {
    int error = socket_error(c->fd);
    slot_end(t, id, error != 0 ? error : ECONNRESET);
  } else if (!reading && (events & EPOLLHUP) != 0 && c->head == NULL) {
    /* A hang-up cannot be masked: out of the set until there is something to read or write again. */
    detach(t, c);
  }
}

/* ---- the batch ---- */

static void take_wake(struct transport *t, int32_t index) {
  struct wake *wake = &t->wakes[index];
  int32_t signalled = 1;
  __atomic_compare_exchange_n(wake->signal, &signalled, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  emit(t, EVENT_WAKE, index, 0, 0);
}

static void handle_ready(struct transport *t, const struct epoll_event *ready, size_t share) {
  uint32_t generation = (uint32_t)(ready->data.u64 >> 32) & 0xffffff;
  int32_t index = (int32_t)(uint32_t)ready->data.u64;
  switch ((enum token_kind)(ready->data.u64 >> 56)) {
    case TOKEN_CONNECTION:
      /* Left over from an earlier turn, the event may be about a socket that is gone. */
      if ((t->connections[index].generation & 0xffffff) == generation && t->connections[index].fd >= 0) {
        handle_connection(t, index, ready->events, share);
      }
      break;
    case TOKEN_LISTENER: accept_ready(t, index); break;
    case TOKEN_WAKE: take_wake(t, index); break;
    case TOKEN_KICK: break;
  }
}

static void emit_deferred(struct transport *t) {
  while (t->deferred_head >= 0 && has_room(t, 1)) {
    int32_t id = t->deferred_head;
    struct connection *c = &t->connections[id];
    t->deferred_head = c->next;
    if (t->deferred_head < 0) t->deferred_tail = -1;
    if ((c->flags & FLAG_CONNECT_FAILED) != 0) {
      c->flags &= (uint8_t)~FLAG_CONNECT_FAILED;
      emit(t, EVENT_CONNECT_FAILED, id, 0, c->error);
      c->error = 0;
    } else {
      c->state = SLOT_TOLD;
      c->next = t->told_head;
      t->told_head = id;
      emit(t, EVENT_CLOSED, id, 0, c->error);
    }
  }
}

void transport_collect(struct transport *t) {
  t->event_count = 0;
  t->input_used = 0;
  if (t->ready_at >= t->ready_count) {
    t->ready_at = 0;
    t->ready_count = epoll_wait(t->epoll_fd, t->ready, READY_LIMIT, 0);
    if (t->ready_count < 0) t->ready_count = 0;
  }
  int left = t->ready_count - t->ready_at;
  size_t share = left > 0 ? t->input_bytes / (size_t)left : 0;
  if (share < READ_SHARE_MINIMUM) share = READ_SHARE_MINIMUM;
  if (share > READ_SHARE_MAXIMUM) share = READ_SHARE_MAXIMUM;
  while (t->ready_at < t->ready_count) {
    if (!has_room(t, EVENTS_PER_SOCKET) || t->input_bytes - t->input_used < READ_MINIMUM) break;
    handle_ready(t, &t->ready[t->ready_at++], share);
  }
  emit_deferred(t);
}

/* Makes the epoll set ready, so that deferred ends are told in the next turn. Edge-triggered: never read. */
void transport_kick(struct transport *t) {
  uint64_t one = 1;
  ssize_t ignored = write(t->kick_fd, &one, sizeof one);
  (void)ignored;
}

static void call_javascript(struct transport *t) {
  napi_value function, receiver, argument;
  if (napi_get_reference_value(t->env, t->callback, &function) != napi_ok) return;
  if (napi_get_global(t->env, &receiver) != napi_ok) return;
  if (napi_create_int32(t->env, t->event_count, &argument) != napi_ok) return;
  napi_status status = napi_make_callback(t->env, NULL, receiver, function, 1, &argument, NULL);
  bool pending = false;
  if (status == napi_ok || napi_is_exception_pending(t->env, &pending) != napi_ok || !pending) return;
  napi_value exception;
  if (napi_get_and_clear_last_exception(t->env, &exception) == napi_ok) napi_fatal_exception(t->env, exception);
}

static void on_ready(uv_poll_t *handle, int status, int events) {
  (void)status;
  (void)events;
  struct transport *t = uv_handle_get_data((uv_handle_t *)handle);
  if (t == NULL || t->destroyed) return;
  transport_collect(t);
  if (t->event_count > 0) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(t->env, &scope) != napi_ok) return;
    t->in_batch = true;
    t->control[CONTROL_IN_BATCH] = 1;
    call_javascript(t);
    t->in_batch = false;
    if (!t->destroyed) {
      t->control[CONTROL_IN_BATCH] = 0;
      transport_flush(t);
      while (t->told_head >= 0) {
        int32_t id = t->told_head;
        t->told_head = t->connections[id].next;
        slot_release(t, id);
      }
    }
    napi_close_handle_scope(t->env, scope);
  }
  if (!t->destroyed && t->deferred_head >= 0) transport_kick(t);
}

/* Answers 0 or minus errno (also of libuv). */
int transport_start(struct transport *t, struct uv_loop_s *loop) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = token_of(TOKEN_KICK, 0, 0)};
  if (epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, t->kick_fd, &event) != 0) return -errno;
  t->poll = calloc(1, uv_handle_size(UV_POLL_HANDLE_TYPE));
  if (t->poll == NULL) return -ENOMEM;
  int result = uv_poll_init(loop, t->poll, t->epoll_fd);
  if (result != 0) {
    free(t->poll);
    t->poll = NULL;
    return result;
  }
  uv_handle_set_data((uv_handle_t *)t->poll, t);
  return uv_poll_start(t->poll, UV_READABLE_EVENT, on_ready);
}

/* Runs when libuv has let go of the handle, in a later turn or while the environment winds down. */
static void on_poll_closed(uv_handle_t *handle) {
  struct transport *t = uv_handle_get_data(handle);
  free(handle);
  t->poll = NULL;
  close(t->epoll_fd);
  napi_async_cleanup_hook_handle cleanup = t->cleanup;
  t->cleanup = NULL;
  if (cleanup != NULL) napi_remove_async_cleanup_hook(cleanup);
}

/* Closes every descriptor and forgets everything waiting. Tells nobody. Safe inside a batch and more than once. */
void transport_destroy(struct transport *t) {
  if (t->destroyed) return;
  t->destroyed = true;
  for (int32_t id = 0; id < t->connection_count; id++) {
    struct connection *c = &t->connections[id];
    if (c->fd >= 0 && c->state != SLOT_FREE) close(c->fd);
    while (c->state != SLOT_FREE && c->head != NULL) {
      struct chunk *chunk = c->head;
      c->head = chunk->next;
      free(chunk);
    }
    c->state = SLOT_FREE;
  }
  for (int32_t index = 0; index < t->listener_count; index++) {
    if (t->listeners[index].fd >= 0) close(t->listeners[index].fd);
  }
  for (int32_t index = 0; index < t->wake_count; index++) {
    __atomic_store_n(t->wakes[index].signal, 2, __ATOMIC_SEQ_CST);
    close(t->wakes[index].fd);
  }
  t->listener_count = t->wake_count = t->connection_count = 0;
  close(t->kick_fd);
  if (t->poll != NULL) uv_close((uv_handle_t *)t->poll, on_poll_closed);
}
