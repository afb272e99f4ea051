/* System calls that open, bind and name sockets. Knows nothing of slots or JavaScript. */
#include "transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void set_option(int fd, int level, int name, int value) {
  /* A missing option costs speed or idle detection, never correctness, so its failure is not one of the socket. */
  (void)setsockopt(fd, level, name, &value, sizeof value);
}

static void set_tcp_options(int fd, int keep_alive_ms) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (keep_alive_ms <= 0) return;
  int idle_seconds = keep_alive_ms / 1000 > 0 ? keep_alive_ms / 1000 : 1;
  int interval_seconds = idle_seconds / 3 > 0 ? idle_seconds / 3 : 1;
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle_seconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval_seconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

/*
 * What was sent and is not acknowledged for so long ends the connection: keepalive probes are sent on silent
 * connections only, and retransmitting into nowhere takes a quarter of an hour.
 */
int socket_user_timeout(int fd, int timeout_ms) {
  unsigned int value = timeout_ms > 0 ? (unsigned int)timeout_ms : 0;
  return setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value) == 0 ? 0 : -errno;
}

/* `host` is a numeric address: names are resolved before they come here. */
static int numeric_address(const char *host, int port, struct sockaddr_storage *out, socklen_t *length) {
  char service[16];
  snprintf(service, sizeof service, "%d", port);
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found = NULL;
  if (getaddrinfo(host, service, &hints, &found) != 0) return -EINVAL;
  memcpy(out, found->ai_addr, found->ai_addrlen);
  *length = found->ai_addrlen;
  freeaddrinfo(found);
  return 0;
}

static int unix_address(const char *path, struct sockaddr_un *out, socklen_t *length) {
  size_t size = strlen(path);
  if (size == 0) return -EINVAL;
  if (size >= sizeof out->sun_path) return -ENAMETOOLONG;
  memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  memcpy(out->sun_path, path, size + 1);
  *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + 1);
  return 0;
}

static int close_with(int fd, int error) {
  close(fd);
  return -error;
}

int socket_listen_tcp(const char *host, int port, int backlog, bool reuse_port, int keep_alive_ms) {
  struct sockaddr_storage address;
  socklen_t length;
  int failure = numeric_address(host, port, &address, &length);
  if (failure != 0) return failure;
  int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int on = 1;
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) return close_with(fd, errno);
  /* `::` serves IPv4 as well, as it does in Node.js whatever the system's default is. */
  if (address.ss_family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  /* Accepted sockets inherit these, which saves a system call for each of them. */
  set_tcp_options(fd, keep_alive_ms);
  if (bind(fd, (struct sockaddr *)&address, length) != 0) return close_with(fd, errno);
  if (listen(fd, backlog) != 0) return close_with(fd, errno);
  return fd;
}

int socket_listen_unix(const char *path, int backlog, int mode) {
  struct sockaddr_un address;
  socklen_t length;
  int failure = unix_address(path, &address, &length);
  if (failure != 0) return failure;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (bind(fd, (struct sockaddr *)&address, length) != 0) return close_with(fd, errno);
  /* Nobody can connect before listen(), so no moment exists in which the permissions are too wide. */
  if (chmod(path, (mode_t)mode) != 0 || listen(fd, backlog) != 0) {
    int error = errno;
    unlink(path);
    return close_with(fd, error);
  }
  return fd;
}

static int start_connect(int fd, const void *address, socklen_t length) {
  int result;
  do {
    result = connect(fd, address, length);
  } while (result != 0 && errno == EINTR);
  if (result == 0 || errno == EINPROGRESS || errno == EALREADY) return fd;
  return close_with(fd, errno);
}

int socket_connect_tcp(const char *host, int port, int keep_alive_ms) {
  struct sockaddr_storage address;
  socklen_t length;
  int failure = numeric_address(host, port, &address, &length);
  if (failure != 0) return failure;
  int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  set_tcp_options(fd, keep_alive_ms);
  (void)socket_user_timeout(fd, keep_alive_ms);
  return start_connect(fd, &address, length);
}

int socket_connect_unix(const char *path) {
  struct sockaddr_un address;
  socklen_t length;
  int failure = unix_address(path, &address, &length);
  if (failure != 0) return failure;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  return start_connect(fd, &address, length);
}

int socket_port(int fd) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) return -errno;
  if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
  return 0;
}

void socket_name(int fd, bool remote, char *out, size_t size) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  memset(&address, 0, sizeof address);
  out[0] = 0;
  int result = remote ? getpeername(fd, (struct sockaddr *)&address, &length)
                      : getsockname(fd, (struct sockaddr *)&address, &length);
  if (result != 0) return;
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    snprintf(out, size, "%s:%d", text, ntohs(v4->sin_port));
  } else if (address.ss_family == AF_INET6) {
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
    if (mapped) inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text, sizeof text);
    else inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    snprintf(out, size, mapped ? "%s:%d" : "[%s]:%d", text, ntohs(v6->sin6_port));
  } else if (address.ss_family == AF_UNIX) {
    snprintf(out, size, "unix:%s:0", ((struct sockaddr_un *)&address)->sun_path);
  }
}
