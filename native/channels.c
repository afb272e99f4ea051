/*
 * Channels between two processes of one user on one machine: messages with descriptors (SCM_RIGHTS) over a unix socket
 * that keeps their boundaries. And sockets that leave a transport or come into one. Used while one process takes over
 * from another; nothing here is on a command's way.
 */
#include "binding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MESSAGE_BYTES (256 * 1024)
/* The kernel takes 253 with one message. */
#define DESCRIPTORS 128
/* Messages that one turn of the event loop takes. */
#define MESSAGES_PER_TURN 32
#define WRITABLE_EVENT 2

/* Told to JavaScript: (kind, bytes or descriptor, descriptors). */
enum channel_event { CHANNEL_MESSAGE, CHANNEL_ENDED, CHANNEL_WRITABLE, CHANNEL_ACCEPTED };

struct channel {
  napi_env env;
  napi_async_cleanup_hook_handle cleanup;
  napi_ref callback;
  uv_poll_t *poll;
  /* What JavaScript holds; it is told when the channel is gone. */
  struct channel **holder;
  int fd;
  bool listening, closing;
  uint8_t bytes[MESSAGE_BYTES];
};

static int channel_socket(const char *path, struct sockaddr_un *address) {
  size_t size = strlen(path);
  if (size == 0 || size >= sizeof address->sun_path) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path, size + 1);
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return fd < 0 ? -errno : fd;
}

/* A socket for the path that JavaScript gives, not connected yet, and its address; or minus errno. */
static int socket_of(napi_env env, napi_callback_info info, char path[TEXT_BYTES], struct sockaddr_un *address) {
  struct call call = read_call(env, info);
  text_of(env, call.arguments[0], path);
  return channel_socket(path, address);
}

static int failed(int fd, int error) {
  close(fd);
  return -error;
}

/* Only a process of the same user is talked to, whatever the permissions of the socket say. */
static bool is_own_user(int fd) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == geteuid();
}

/* (path): a descriptor, or minus errno; -EPERM where somebody else listens there. */
napi_value connect_channel(napi_env env, napi_callback_info info) {
  struct sockaddr_un address;
  char path[TEXT_BYTES];
  int fd = socket_of(env, info, path, &address);
  if (fd < 0) return number(env, fd);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) return number(env, failed(fd, errno));
  if (!is_own_user(fd)) return number(env, failed(fd, EPERM));
  return number(env, fd);
}

/* (path): a listening descriptor, or minus errno. */
napi_value listen_channel(napi_env env, napi_callback_info info) {
  struct sockaddr_un address;
  char path[TEXT_BYTES];
  int fd = socket_of(env, info, path, &address);
  if (fd < 0) return number(env, fd);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) return number(env, failed(fd, errno));
  if (chmod(path, S_IRUSR | S_IWUSR) != 0 || listen(fd, 4) != 0) return number(env, failed(fd, errno));
  return number(env, fd);
}

static void tell(struct channel *c, enum channel_event kind, napi_value first, napi_value second) {
  napi_value function, receiver, arguments[3];
  if (napi_get_reference_value(c->env, c->callback, &function) != napi_ok) return;
  if (napi_get_global(c->env, &receiver) != napi_ok) return;
  arguments[0] = number(c->env, (int)kind);
  arguments[1] = first == NULL ? receiver : first;
  arguments[2] = second == NULL ? receiver : second;
  if (first == NULL) napi_get_undefined(c->env, &arguments[1]);
  if (second == NULL) napi_get_undefined(c->env, &arguments[2]);
  napi_status status = napi_make_callback(c->env, NULL, receiver, function, 3, arguments, NULL);
  bool pending = false;
  if (status == napi_ok || napi_is_exception_pending(c->env, &pending) != napi_ok || !pending) return;
  napi_value exception;
  if (napi_get_and_clear_last_exception(c->env, &exception) == napi_ok) napi_fatal_exception(c->env, exception);
}

static void on_closed(uv_handle_t *handle) {
  struct channel *c = uv_handle_get_data(handle);
  free(handle);
  close(c->fd);
  if (c->holder != NULL) *c->holder = NULL;
  napi_async_cleanup_hook_handle cleanup = c->cleanup;
  free(c);
  if (cleanup != NULL) napi_remove_async_cleanup_hook(cleanup);
}

static void close_now(struct channel *c) {
  if (c->closing) return;
  c->closing = true;
  napi_delete_reference(c->env, c->callback);
  uv_close((uv_handle_t *)c->poll, on_closed);
}

static void on_channel_environment_end(napi_async_cleanup_hook_handle handle, void *data) {
  struct channel *c = data;
  c->cleanup = handle;
  close_now(c);
}

static void accept_all(struct channel *c) {
  while (!c->closing) {
    int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (is_own_user(fd)) tell(c, CHANNEL_ACCEPTED, number(c->env, fd), NULL);
    else close(fd);
  }
}

static napi_value array_of(napi_env env, const int *descriptors, size_t count) {
  napi_value result = NULL;
  napi_create_array_with_length(env, count, &result);
  for (size_t index = 0; index < count; index++) {
    napi_set_element(env, result, (uint32_t)index, number(env, descriptors[index]));
  }
  return result;
}

/* Takes one message. False: there is none now, or no more. */
static bool receive_one(struct channel *c) {
  union {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS)];
  } control;
  struct iovec vector = {.iov_base = c->bytes, .iov_len = sizeof c->bytes};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  ssize_t got = recvmsg(c->fd, &message, MSG_CMSG_CLOEXEC);
  /* The other process is gone and has not read everything: that is said once, before what it has sent. */
  if (got < 0 && errno == ECONNRESET) got = recvmsg(c->fd, &message, MSG_CMSG_CLOEXEC);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return false;
  int descriptors[DESCRIPTORS];
  size_t count = 0;
  struct cmsghdr *header = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
  for (; header != NULL; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t here = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(descriptors + count, CMSG_DATA(header), here * sizeof(int));
    count += here;
  }
  if (got > 0 && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
    void *copy = NULL;
    napi_value bytes = NULL;
    napi_create_buffer_copy(c->env, (size_t)got, c->bytes, &copy, &bytes);
    tell(c, CHANNEL_MESSAGE, bytes, array_of(c->env, descriptors, count));
    return true;
  }
  for (size_t index = 0; index < count; index++) close(descriptors[index]);
  uv_poll_start(c->poll, 0, NULL);
  tell(c, CHANNEL_ENDED, NULL, NULL);
  return false;
}

static void on_channel(uv_poll_t *handle, int status, int events) {
  struct channel *c = uv_handle_get_data((uv_handle_t *)handle);
  napi_handle_scope scope;
  if (c->closing || napi_open_handle_scope(c->env, &scope) != napi_ok) return;
  if (c->listening) {
    accept_all(c);
  } else {
    if ((events & WRITABLE_EVENT) != 0) tell(c, CHANNEL_WRITABLE, NULL, NULL);
    for (int turn = 0; turn < MESSAGES_PER_TURN && !c->closing; turn++) {
      if ((status != 0 || (events & UV_READABLE_EVENT) != 0) && receive_one(c)) continue;
      break;
    }
  }
  napi_close_handle_scope(c->env, scope);
}

static void free_holder(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct channel **holder = data;
  if (*holder != NULL) {
    (*holder)->holder = NULL;
    close_now(*holder);
  }
  free(holder);
}

/* (descriptor, listening, callback): the channel, which owns the descriptor; undefined when it cannot be watched. */
napi_value open_channel(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct uv_loop_s *loop = NULL;
  struct channel *c = calloc(1, sizeof *c);
  struct channel **holder = calloc(1, sizeof *holder);
  uv_poll_t *poll = calloc(1, uv_handle_size(UV_POLL_HANDLE_TYPE));
  int fd = integer_of(env, call.arguments[0]);
  napi_value result = NULL;
  if (c == NULL || holder == NULL || poll == NULL || napi_get_uv_event_loop(env, &loop) != napi_ok ||
      uv_poll_init(loop, poll, fd) != 0) {
    free(c);
    free(holder);
    free(poll);
    return NULL;
  }
  c->env = env;
  c->fd = fd;
  c->poll = poll;
  c->listening = flag_of(env, call.arguments[1]);
  uv_handle_set_data((uv_handle_t *)poll, c);
  napi_create_reference(env, call.arguments[2], 1, &c->callback);
  napi_add_async_cleanup_hook(env, on_channel_environment_end, c, &c->cleanup);
  c->holder = holder;
  *holder = c;
  uv_poll_start(poll, UV_READABLE_EVENT, on_channel);
  if (napi_create_external(env, holder, free_holder, NULL, &result) != napi_ok) free_holder(env, holder, NULL);
  return result;
}

static struct channel *channel_of(napi_env env, napi_value value) {
  void *holder = NULL;
  if (napi_get_value_external(env, value, &holder) != napi_ok) return NULL;
  struct channel *c = *(struct channel **)holder;
  return c == NULL || c->closing ? NULL : c;
}

/* (channel, bytes, descriptors: Int32Array): 0, or minus errno; -EAGAIN until it is writable. */
napi_value send_message(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct channel *c = channel_of(env, call.arguments[0]);
  void *bytes = NULL, *descriptors = NULL;
  size_t length = 0, count = 0;
  napi_get_typedarray_info(env, call.arguments[1], NULL, &length, &bytes, NULL, NULL);
  napi_get_typedarray_info(env, call.arguments[2], NULL, &count, &descriptors, NULL, NULL);
  if (c == NULL) return number(env, -EPIPE);
  if (length == 0 || length > MESSAGE_BYTES || count > DESCRIPTORS) return number(env, -EMSGSIZE);
  union {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS)];
  } control;
  memset(&control, 0, sizeof control);
  struct iovec vector = {.iov_base = bytes, .iov_len = length};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (count > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(&control.header), descriptors, sizeof(int) * count);
  }
  return number(env, sendmsg(c->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0);
}

/* (channel, wanted): whether the callback is to be told that messages can be sent again. */
napi_value watch_writable(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct channel *c = channel_of(env, call.arguments[0]);
  int events = UV_READABLE_EVENT | (flag_of(env, call.arguments[1]) ? WRITABLE_EVENT : 0);
  if (c != NULL) uv_poll_start(c->poll, events, on_channel);
  return NULL;
}

/* (channel): nothing is told any more. What has been sent still arrives. */
napi_value close_channel(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct channel *c = channel_of(env, call.arguments[0]);
  if (c != NULL) close_now(c);
  return NULL;
}

/* (descriptor): another one for the same socket, or minus errno. */
napi_value duplicate(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  int fd = fcntl(integer_of(env, call.arguments[0]), F_DUPFD_CLOEXEC, 3);
  return number(env, fd < 0 ? -errno : fd);
}

/* Bound: (id): lets go of a socket that has nothing under way, and answers its descriptor; else minus errno. */
napi_value detach_socket(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct transport *t = call.t;
  int32_t id = integer_of(env, call.arguments[0]);
  if (t->destroyed || id < 0 || id >= t->connection_count) return number(env, -EBADF);
  struct connection *c = &t->connections[id];
  /* Reading may be paused: what has not been read goes along in the kernel. */
  bool idle = c->state == SLOT_OPEN && c->head == NULL && c->error == 0 &&
              (c->flags & (uint8_t)~(FLAG_PAUSED | FLAG_DETACHED)) == 0;
  if (!idle) return number(env, -EBUSY);
  int fd = c->fd;
  if ((c->flags & FLAG_DETACHED) == 0) (void)epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
  c->fd = -1;
  slot_release(t, id);
  if (t->stalled_count > 0) transport_resume_listeners(t);
  return number(env, fd);
}

/* Bound: (descriptor): the id of a connection that owns it, or -1, and then it does not. */
napi_value adopt_socket(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct transport *t = call.t;
  int32_t id = t->destroyed ? -1 : slot_take(t);
  if (id < 0) return number(env, -1);
  slot_open(t, id, integer_of(env, call.arguments[0]), SLOT_OPEN);
  if (!t->in_batch && t->deferred_head >= 0) transport_kick(t);
  return number(env, id);
}
