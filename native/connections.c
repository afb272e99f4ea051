/* The slot of one connection: its states, the output that waits for the kernel, and how it ends. */
#include "transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAITING_VECTORS 64
#define DISCARD_LIMIT (1024 * 1024)
#define DISCARD_BYTES (32 * 1024)

static struct connection *grown(struct transport *t) {
  if (t->connection_count < t->allocated) return t->connections;
  int32_t wanted = t->allocated == 0 ? 64 : t->allocated * 2;
  if (wanted > t->connection_limit) wanted = t->connection_limit;
  struct connection *bigger = realloc(t->connections, (size_t)wanted * sizeof *bigger);
  if (bigger == NULL) return NULL;
  t->connections = bigger;
  t->allocated = wanted;
  return bigger;
}

/* Answers -1 when every id is taken or memory is short. May move the slots: pointers to them do not survive it. */
int32_t slot_take(struct transport *t) {
  int32_t id = t->free_head;
  if (id >= 0) {
    t->free_head = t->connections[id].next;
  } else {
    if (t->connection_count >= t->connection_limit || grown(t) == NULL) return -1;
    id = t->connection_count++;
    t->connections[id].generation = 0;
  }
  struct connection *c = &t->connections[id];
  uint32_t generation = c->generation;
  *c = (struct connection){.fd = -1, .generation = generation, .state = SLOT_RESERVED, .next = -1,
                           .first_entry = -1, .last_entry = -1};
  t->pending[id] = 0;
  t->used_count++;
  return id;
}

void slot_release(struct transport *t, int32_t id) {
  struct connection *c = &t->connections[id];
  c->state = SLOT_FREE;
  t->pending[id] = 0;
  c->next = t->free_head;
  t->free_head = id;
  t->used_count--;
}

static uint32_t wanted_events(const struct connection *c) {
  if (c->state == SLOT_CONNECTING) return EPOLLOUT;
  uint32_t events = c->head != NULL ? EPOLLOUT : 0;
  if ((c->flags & (FLAG_PAUSED | FLAG_READ_ENDED | FLAG_CLOSE_WANTED)) == 0) events |= EPOLLIN;
  return events;
}

/* Brings the epoll set in line with what the slot waits for. */
void slot_rearm(struct transport *t, int32_t id) {
  struct connection *c = &t->connections[id];
  if (c->fd < 0) return;
  uint32_t wanted = wanted_events(c);
  struct epoll_event event = {.events = wanted, .data.u64 = token_of(TOKEN_CONNECTION, c->generation, (uint32_t)id)};
  int result = 0;
  if ((c->flags & FLAG_DETACHED) != 0) {
    if (wanted == 0) return;
    result = epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
    c->flags &= (uint8_t)~FLAG_DETACHED;
  } else if (wanted != c->armed) {
    result = epoll_ctl(t->epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
  }
  c->armed = wanted;
  if (result != 0) slot_end(t, id, errno);
}

/* Gives the slot a socket. The slot owns `fd` from here on, also when it fails. */
void slot_open(struct transport *t, int32_t id, int fd, enum slot_state state) {
  struct connection *c = &t->connections[id];
  c->fd = fd;
  c->generation++;
  c->state = (uint8_t)state;
  c->flags = (uint8_t)((c->flags & (FLAG_PAUSED | FLAG_SHUT_WANTED)) | FLAG_DETACHED);
  c->armed = 0;
  c->error = 0;
  slot_rearm(t, id);
}

static void drop_waiting(struct transport *t, int32_t id) {
  struct connection *c = &t->connections[id];
  while (c->head != NULL) {
    struct chunk *chunk = c->head;
    c->head = chunk->next;
    free(chunk);
  }
  c->tail = NULL;
  t->pending[id] = 0;
}

/* Queues the event that tells JavaScript how this slot ended. */
static void defer(struct transport *t, int32_t id) {
  struct connection *c = &t->connections[id];
  c->next = -1;
  if (t->deferred_tail >= 0) t->connections[t->deferred_tail].next = id;
  else t->deferred_head = id;
  t->deferred_tail = id;
}

static void close_socket(struct transport *t, struct connection *c) {
  if (c->fd < 0) return;
  close(c->fd);
  c->fd = -1;
  if (t->stalled_count > 0) transport_resume_listeners(t);
}

/* One attempt to connect failed. The slot keeps its id and its waiting output for the next address. */
void slot_connect_failed(struct transport *t, int32_t id, int error) {
  struct connection *c = &t->connections[id];
  close_socket(t, c);
  c->error = error;
  c->state = SLOT_RESERVED;
  c->flags |= FLAG_CONNECT_FAILED;
  defer(t, id);
}

/* Closes the socket, drops what waits and lets JavaScript know in a coming batch. */
void slot_end(struct transport *t, int32_t id, int error) {
  struct connection *c = &t->connections[id];
  if (c->state == SLOT_FREE || c->state >= SLOT_DEAD) return;
  close_socket(t, c);
  drop_waiting(t, id);
  bool queued = (c->flags & FLAG_CONNECT_FAILED) != 0;
  c->flags &= (uint8_t)~FLAG_CONNECT_FAILED;
  c->error = error;
  c->state = SLOT_DEAD;
  if (!queued) defer(t, id);
}

/* Input that nobody will read would turn the FIN of close() into a reset, which can destroy our last reply. */
static void discard_input(const struct connection *c) {
  uint8_t scratch[DISCARD_BYTES];
  size_t taken = 0;
  while (taken < DISCARD_LIMIT) {
    ssize_t got = recv(c->fd, scratch, sizeof scratch, 0);
    if (got <= 0) return;
    taken += (size_t)got;
  }
}

/* Does what had to wait until all output was with the kernel: FIN, close. */
void slot_progress(struct transport *t, int32_t id) {
  struct connection *c = &t->connections[id];
  if (c->state != SLOT_OPEN || c->head != NULL) return;
  if ((c->flags & FLAG_CLOSE_WANTED) != 0) {
    discard_input(c);
    slot_end(t, id, 0);
    return;
  }
  if ((c->flags & FLAG_SHUT_WANTED) != 0 && (c->flags & FLAG_SHUT_DONE) == 0) {
    (void)shutdown(c->fd, SHUT_WR);
    c->flags |= FLAG_SHUT_DONE;
  }
  if ((c->flags & FLAG_SHUT_DONE) != 0 && (c->flags & FLAG_READ_ENDED) != 0) slot_end(t, id, 0);
  else slot_rearm(t, id);
}

/*
 * A peer that sent its last words and reset the connection has left them in our receive queue: they are read first,
 * and the read that finds the end closes the slot with this error. Everything else ends at once.
 */
void slot_write_failed(struct transport *t, int32_t id, int error) {
  struct connection *c = &t->connections[id];
  bool reading = (c->flags & (FLAG_PAUSED | FLAG_READ_ENDED | FLAG_CLOSE_WANTED | FLAG_SHUT_WANTED)) == 0;
  if (!reading || (error != EPIPE && error != ECONNRESET)) {
    slot_end(t, id, error);
    return;
  }
  drop_waiting(t, id);
  c->error = error;
  slot_rearm(t, id);
}

static bool wait_with(struct transport *t, int32_t id, const uint8_t *bytes, size_t length) {
  struct connection *c = &t->connections[id];
  while (length > 0) {
    struct chunk *chunk = c->tail;
    if (chunk == NULL || chunk->end == chunk->capacity) {
      size_t capacity = length > CHUNK_BYTES ? length : CHUNK_BYTES;
      if (capacity > UINT32_MAX) capacity = UINT32_MAX;
      chunk = malloc(sizeof *chunk + capacity);
      if (chunk == NULL) {
        slot_end(t, id, ENOMEM);
        return false;
      }
      *chunk = (struct chunk){.capacity = (uint32_t)capacity};
      if (c->tail != NULL) c->tail->next = chunk;
      else c->head = chunk;
      c->tail = chunk;
    }
    size_t room = chunk->capacity - chunk->end;
    size_t part = length < room ? length : room;
    memcpy(chunk->bytes + chunk->end, bytes, part);
    chunk->end += (uint32_t)part;
    bytes += part;
    length -= part;
  }
  return true;
}

static ssize_t send_vectors(int fd, struct iovec *vectors, int count) {
  if (count == 1) return send(fd, vectors[0].iov_base, vectors[0].iov_len, MSG_NOSIGNAL);
  struct msghdr message = {.msg_iov = vectors, .msg_iovlen = (size_t)count};
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static bool is_temporary(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

/* Sends waiting output once. Answers 1 when nothing waits any more, 0 when some does, -errno on failure. */
int slot_send_waiting(struct transport *t, int32_t id) {
  struct connection *c = &t->connections[id];
  struct iovec vectors[WAITING_VECTORS];
  int count = 0;
  for (struct chunk *chunk = c->head; chunk != NULL && count < WAITING_VECTORS; chunk = chunk->next) {
    vectors[count++] = (struct iovec){.iov_base = chunk->bytes + chunk->start, .iov_len = chunk->end - chunk->start};
  }
  ssize_t sent = send_vectors(c->fd, vectors, count);
  if (sent < 0) return is_temporary(errno) ? 0 : -errno;
  t->pending[id] -= (double)sent;
  while (sent > 0) {
    struct chunk *chunk = c->head;
    size_t length = chunk->end - chunk->start;
    if ((size_t)sent < length) {
      chunk->start += (uint32_t)sent;
      return 0;
    }
    sent -= (ssize_t)length;
    c->head = chunk->next;
    free(chunk);
  }
  if (c->head != NULL) return 0;
  c->tail = NULL;
  return 1;
}

/* Sends `count` vectors of fresh output; what the kernel does not take is copied and waits. */
static void send_fresh(struct transport *t, int32_t id, int count, size_t total) {
  struct connection *c = &t->connections[id];
  bool may_send = c->state == SLOT_OPEN && c->head == NULL;
  bool may_wait = c->state == SLOT_OPEN || c->state == SLOT_CONNECTING || c->state == SLOT_RESERVED;
  if (!may_wait || c->error != 0) {
    t->pending[id] = 0;
    return;
  }
  size_t sent = 0;
  if (may_send) {
    ssize_t result = send_vectors(c->fd, t->vectors, count);
    if (result < 0 && !is_temporary(errno)) {
      slot_write_failed(t, id, errno);
      return;
    }
    sent = result > 0 ? (size_t)result : 0;
    t->pending[id] -= (double)sent;
    if (sent == total) return;
  }
  for (int index = 0; index < count; index++) {
    size_t length = t->vectors[index].iov_len;
    if (sent >= length) {
      sent -= length;
      continue;
    }
    if (!wait_with(t, id, (const uint8_t *)t->vectors[index].iov_base + sent, length - sent)) return;
    sent = 0;
  }
  if (may_send) slot_rearm(t, id);
}

static void reset(struct transport *t, int32_t id) {
  struct connection *c = &t->connections[id];
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  if (c->fd >= 0) (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  slot_end(t, id, 0);
}

static void run_operation(struct transport *t, int32_t id, int operation) {
  struct connection *c = &t->connections[id];
  if (c->state == SLOT_FREE || c->state >= SLOT_DEAD) return;
  switch (operation) {
    case OPERATION_SHUTDOWN:
      c->flags |= FLAG_SHUT_WANTED;
      if (c->error != 0) slot_end(t, id, c->error);
      else slot_progress(t, id);
      break;
    case OPERATION_CLOSE:
      c->flags |= FLAG_CLOSE_WANTED;
      if (c->state != SLOT_OPEN) slot_end(t, id, 0);
      else if (c->head == NULL) slot_progress(t, id);
      else slot_rearm(t, id);
      break;
    case OPERATION_RESET: reset(t, id); break;
    case OPERATION_PAUSE:
      c->flags |= FLAG_PAUSED;
      if (c->error != 0) slot_end(t, id, c->error);
      else slot_rearm(t, id);
      break;
    case OPERATION_RESUME:
      c->flags &= (uint8_t)~FLAG_PAUSED;
      slot_rearm(t, id);
      break;
    case OPERATION_RELEASE:
      if (c->state == SLOT_RESERVED && (c->flags & FLAG_CONNECT_FAILED) == 0) {
        drop_waiting(t, id);
        slot_release(t, id);
      }
      break;
    default: break;
  }
}

static void flush_connection(struct transport *t, int32_t id) {
  int32_t entry = t->connections[id].first_entry;
  t->connections[id].first_entry = t->connections[id].last_entry = -1;
  while (entry >= 0) {
    int count = 0;
    size_t total = 0;
    while (entry >= 0 && t->entries[entry * OUTPUT_WORDS + 2] > 0 && count < IOV_COUNT) {
      size_t length = (size_t)t->entries[entry * OUTPUT_WORDS + 2];
      int32_t offset = t->entries[entry * OUTPUT_WORDS + 1];
      uint8_t *bytes = offset >= 0 ? t->output + offset : t->input + ~offset;
      /* Pieces for one connection often lie together although others were written in between. */
      if (count > 0 && (uint8_t *)t->vectors[count - 1].iov_base + t->vectors[count - 1].iov_len == bytes) {
        t->vectors[count - 1].iov_len += length;
      } else {
        t->vectors[count++] = (struct iovec){.iov_base = bytes, .iov_len = length};
      }
      total += length;
      entry = t->next_entry[entry];
    }
    if (count > 0) {
      send_fresh(t, id, count, total);
    } else {
      run_operation(t, id, t->entries[entry * OUTPUT_WORDS + 2]);
      entry = t->next_entry[entry];
    }
  }
}

/* Hands the whole output table to the kernel, connection by connection, and empties it. Never calls JavaScript. */
void transport_flush(struct transport *t) {
  int32_t count = t->control[CONTROL_COUNT];
  if (count > t->entry_limit) count = t->entry_limit;
  int32_t touched = 0;
  for (int32_t entry = 0; entry < count; entry++) {
    int32_t id = t->entries[entry * OUTPUT_WORDS];
    if (id < 0 || id >= t->connection_count || t->connections[id].state == SLOT_FREE) continue;
    struct connection *c = &t->connections[id];
    if (c->last_entry < 0) {
      c->first_entry = entry;
      t->touched[touched++] = id;
    } else {
      t->next_entry[c->last_entry] = entry;
    }
    c->last_entry = entry;
    t->next_entry[entry] = -1;
  }
  for (int32_t index = 0; index < touched; index++) flush_connection(t, t->touched[index]);
  t->control[CONTROL_COUNT] = 0;
  t->control[CONTROL_USED] = 0;
}
